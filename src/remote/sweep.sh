# shellcheck shell=sh disable=SC2015,SC2154
# Removes what an earlier run left unfinished, old releases, and former data of which enough newer is kept. Never a release that is current,
# served last or before that, or running, or that such a one links to, nor what a living registered script writes.
# Variables: paths (lines, as observe names leftovers), releases (lines), asides (lines, as observe names them), kept (how many of those).
# Says: removed PATH · kept PATH. Exits: 0 · 1 failed · 86 the lock is not ours any more.
living_changes
in_use='
'
uses() {
  [ -n "$1" ] || return 0
  in_use="$in_use${1##*/}
"
  for link in java zookeeper; do
    target=$(readlink "releases/${1##*/}/$link" 2>/dev/null) || continue
    in_use="$in_use${target##*/}
"
  done
}
uses "$(readlink current 2>/dev/null)"
if slurp run/served; then each_line uses "$slurped"; fi
read_server && uses "$server_conf"

# A living script's own folder, or what it uploads
written='
'
writes() {
  # shellcheck disable=SC2086
  set -- $1
  written="${written}tmp/work.$2
tmp/${5-}
"
}
each_line writes "$living"

sweep_path() {
  case $1 in
  */../* | */.. | */) return 0 ;;
  tmp/*/* | run/*/* | data/*/*) return 0 ;;
  tmp/* | run/old.* | run/new.* | data/restore.*) ;;
  run/changing.*) case $stale in *"$1
"*) ;; *) return 0 ;; esac ;;
  *) return 0 ;;
  esac
  case $written in *"
$1
"*) say kept "$1" ;; *) take_away "$1" ;; esac
}
sweep_release() {
  case $1 in */* | .*) return 0 ;; esac
  case $in_use in *"
$1
"*) say kept "releases/$1" ;; *)
    take_away "releases/$1"
    case $1 in conf-*) ;; *) rm -f "cache/$1+"* cache/*"+$1".* ;; esac
    ;;
  esac
}
# Names begin with the time, so a pattern lists the oldest first.
sweep_aside() {
  case $1 in */*/*) return 0 ;; data/aside.*) ;; *) return 0 ;; esac
  old=$1
  set -- data/aside.*
  while [ $# -gt "$kept" ]; do
    [ "$1" != "$old" ] || {
      take_away "$old"
      return
    }
    shift
  done
  say kept "$old"
}
take_away() {
  [ -e "$1" ] || [ -L "$1" ] || return 0
  discard "$1" || failed "cannot remove ~/$dman_home/$1" 'who owns what is in it?'
  say removed "$1"
}
each_line sweep_path "$paths"
each_line sweep_release "$releases"
each_line sweep_aside "$asides"
