# shellcheck shell=sh disable=SC2015,SC2154
# Sets our lines in the user's crontab: those that end in our mark for this very home go, `lines` come last, all others stay byte for
# byte. Where it cannot be read, nothing is written: what cannot be read is not empty. Variables: lines (none: ours are taken out),
# owner (lines of the stamp that the data has to have, if it has one; none: whatever it has).
# Says: crontab kept|written, or crontab unknown with words. Exits: 0 · 1 failed · 85 refused, a later version's or another member's · 86 the lock is not ours any more.
check_owner
nl='
'
# As it stands in a crontab, where % is special.
place='' rest=$HOME/$dman_home
while :; do
  case $rest in *%*) ;; *) break ;; esac
  place="$place${rest%%%*}\\%"
  rest=${rest#*%}
done
place=$place$rest
mark='# dman-bootstrap format: '

# read_crontab: sets ours and others to its lines. Through a pipe: into a file on a full disk crontab -l writes nothing, and still exits
# with 0, so that all other lines would be taken for absent. The x keeps the last line ends.
read_crontab() {
  ours='' others=''
  rest=$(crontab -l 2>"$work/words" && echo x) || {
    slurp "$work/words"
    case $slurped in *'no crontab for '* | *"can't open '"*': No such file'*) return 0 ;; esac
    say crontab "unknown ${slurped:-crontab -l failed without words}"
    exit 0
  }
  rest=${rest%x}
  while [ -n "$rest" ]; do
    line=${rest%%"$nl"*}
    case $rest in *"$nl"*) rest=${rest#*"$nl"} ;; *) rest= ;; esac
    case $line in
    *"$mark"*" $place")
      ours="$ours$line$nl"
      line=${line##*"$mark"}
      newest 'our line in the crontab' "format: ${line%% *}"
      ;;
    *) others="$others$line$nl" ;;
    esac
  done
}

write_crontab() {
  if [ -z "$1" ]; then
    # The last lines were ours; without a crontab there is nothing to take away.
    crontab -r
  else
    printf %s "$1" | crontab -
  fi 2>"$work/words" || {
    slurp "$work/words"
    say crontab "unknown ${slurped:-crontab failed without words}"
    exit 0
  }
}

work
read_crontab
if [ "$ours" = "$lines" ]; then
  say crontab kept
  exit 0
fi
# Whoever else wrote it in the same moment may have read it before us: then it is done again.
tries=0
until [ "$ours" = "$lines" ]; do
  tries=$((tries + 1))
  [ "$tries" -le 5 ] || failed 'our lines do not stay in the crontab' 'does something else write it?'
  write_crontab "$others$lines"
  read_crontab
done
say crontab written
