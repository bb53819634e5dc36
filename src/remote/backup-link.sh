# shellcheck shell=sh disable=SC2015,SC2154
# Holds on to files of data/version-2 by hard links, so that they stay though ZooKeeper purges them; what is on another file system is
# copied. Left-overs of dead runs' backups go first: they keep what was purged on the disk.
# Variables: folder (below tmp), names (lines).. Exits: 0 · 1 failed · 86 the lock is not ours any more.
hint='is the disk full? df and df -i tell'
for old in tmp/backup.*; do [ ! -e "$old" ] || discard "$old"; done
mkdir -p "tmp/$folder/version-2" 2>/dev/null || failed "cannot write below ~/$dman_home/tmp" "$hint"
hold() {
  ln "data/version-2/$1" "tmp/$folder/version-2/$1" 2>/dev/null ||
    cat "data/version-2/$1" >"tmp/$folder/version-2/$1" 2>/dev/null ||
    failed "cannot keep data/version-2/$1" "ZooKeeper may have purged it meanwhile: run it again; $hint"
}
each_line hold "$names"
