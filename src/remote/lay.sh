# shellcheck shell=sh disable=SC2015,SC2088,SC2154
# Makes folders, takes modes from group and others, and writes files and conf releases: all of them first in tmp, flushed and
# verified by sha256, then each renamed; a conf release as a whole. Forks little: a program costs a millisecond or more.
# Variables: folders and closed (one path a line), staged (folders below which everything is written first), files (how many), sums
# (lines as sha256sum -c reads them), executable (paths), into (lines `FOLDER NAME…`: where files go), confs (names), links (lines
# `CONF/NAME RELEASE`), and for N from 1 file_N_path and file_N_text. But for `closed`, no path has a character that a shell would read.
# Says: wrote PATH. Exits: 0 · 1 failed · 86 the lock is not ours any more.
full="cannot write below ~/$dman_home"
hint='is the disk full? df and df -i tell'
shut() {
  [ ! -e "$1" ] || [ -L "$1" ] || chmod go= -- "$1" || failed "cannot change the mode of $1" 'who owns it?'
}
if [ -n "$folders" ]; then
  # shellcheck disable=SC2086
  words=$(mkdir -p -- $folders 2>&1) && words=$(chmod 700 -- $folders 2>&1) ||
    failed "cannot make a folder below ~/$dman_home: $words" "$hint"
fi
each_line shut "$closed"
work

# What is written first lies below tmp/work.PID as it is to lie below ~/<home>.
enter() { cd "$work" 2>/dev/null || failed "$full" "$hint"; }
leave() { cd ../.. || failed "$full" "$hint"; }
enter
# shellcheck disable=SC2086
[ -z "$staged" ] || mkdir -p -- $staged 2>/dev/null || failed "$full" "$hint"
link() { ln -s "../${1#* }" "releases/${1%% *}" || failed "$full" "$hint"; }
each_line link "$links"
n=0
while [ "$n" -lt "$files" ]; do
  n=$((n + 1))
  eval "path=\$file_${n}_path"
  eval 'printf %s "$file_'"$n"'_text"' | dd of="$path" conv=fsync 2>/dev/null || failed "$full" "$hint"
done
if [ "$files" -gt 0 ]; then
  wrong=$(printf '%s\n' "$sums" | sha256sum -c - 2>&1) ||
    failed "what was written below ~/$dman_home/tmp is not what was sent: $wrong" "$hint"
fi
# shellcheck disable=SC2086
[ -z "$executable" ] || chmod 700 $executable || failed "$full" "$hint"
leave

# Only a rename within one file system is whole; a folder in the way would swallow the file.
move() {
  # shellcheck disable=SC2086
  set -- $1
  folder=$1
  shift
  moved=
  for name; do
    [ ! -d "$folder/$name" ] || failed "~/$dman_home/$folder/$name is a folder" 'move it away'
    moved="$moved $work/$folder/$name"
  done
  # shellcheck disable=SC2086
  mv -f -- $moved "$folder/" 2>/dev/null || failed "$full" "$hint"
  for name; do say wrote "$folder/$name"; done
}
each_line move "$into"
for name in $confs; do
  if [ -e "releases/$name" ]; then
    # The caller names only what is missing or was altered.
    mkdir -p "$work/old" && mv -f "releases/$name" "$work/old/" || failed "cannot replace releases/$name" "$hint"
  fi
  mv -f "$work/releases/$name" releases/ 2>/dev/null || failed "cannot write releases/$name" "$hint"
  say wrote "releases/$name"
done
