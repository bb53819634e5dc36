# shellcheck shell=sh disable=SC2015,SC2088,SC2154
# Makes folders, takes modes from group and others, and writes files and conf releases: all of them first in tmp, flushed and
# verified by sha256, then each renamed; a conf release as a whole.
# Variables: folders and closed (one path a line), files and confs (how many), sums (lines as sha256sum -c reads them), and for
# N from 1: file_N_path, file_N_from (its name in tmp), file_N_text, file_N_mode (600 or 700);
# conf_N_name, conf_N_links (lines `NAME RELEASE`). Files of a conf have the path `conf:NAME`.
# Says: wrote PATH. Exits: 0 · 1 failed · 86 the lock is not ours any more.
full="cannot write below ~/$dman_home"
hint='is the disk full? df and df -i tell'
folder() {
  mkdir -p -- "$1" 2>/dev/null && chmod 700 -- "$1" || failed "cannot make ~/$dman_home/$1" "$hint"
}
shut() {
  [ ! -e "$1" ] || [ -L "$1" ] || chmod go= -- "$1" || failed "cannot change the mode of $1" 'who owns it?'
}
each_line folder "$folders"
each_line shut "$closed"
work

n=0
while [ "$n" -lt "$confs" ]; do
  n=$((n + 1))
  eval "name=\$conf_${n}_name links=\$conf_${n}_links"
  mkdir -p "$work/$name" 2>/dev/null || failed "$full" "$hint"
  link() { ln -s "../${1#* }" "$work/$name/${1%% *}" || failed "$full" "$hint"; }
  each_line link "$links"
done
n=0
while [ "$n" -lt "$files" ]; do
  n=$((n + 1))
  eval "from=\$file_${n}_from mode=\$file_${n}_mode"
  eval 'printf %s "$file_'"$n"'_text"' | dd of="$work/$from" conv=fsync 2>/dev/null || failed "$full" "$hint"
  [ "$mode" = 600 ] || chmod "$mode" "$work/$from" || failed "$full" "$hint"
done
if [ "$files" -gt 0 ]; then
  wrong=$(cd "$work" && printf '%s\n' "$sums" | sha256sum -c - 2>&1) ||
    failed "what was written below ~/$dman_home/tmp is not what was sent: $wrong" "$hint"
fi

n=0
while [ "$n" -lt "$files" ]; do
  n=$((n + 1))
  eval "path=\$file_${n}_path from=\$file_${n}_from"
  case $path in conf:*) continue ;; esac
  # Only a rename within one folder's file system is whole; a folder in the way would swallow the file.
  [ ! -d "$path" ] || failed "~/$dman_home/$path is a folder" 'move it away'
  mv -f -- "$work/$from" "$path" 2>/dev/null || failed "$full" "$hint"
  say wrote "$path"
done
n=0
while [ "$n" -lt "$confs" ]; do
  n=$((n + 1))
  eval "name=\$conf_${n}_name"
  mkdir -p releases 2>/dev/null || failed "$full" "$hint"
  if [ -e "releases/$name" ]; then
    # The caller names only what is missing or was altered.
    mkdir -p "$work/old" && mv -f "releases/$name" "$work/old/" || failed "cannot replace releases/$name" "$hint"
  fi
  mv -f "$work/$name" releases/ 2>/dev/null || failed "cannot write releases/$name" "$hint"
  say wrote "releases/$name"
done
