# shellcheck shell=sh disable=SC2015,SC2154
# What lies in data/version-2. Reads only.
# Variables: none. Says: files (lines `SIZE NAME`), whole (a snapshot whose end mark is there, or a packed one, of which only a
# replay can tell), currentEpoch and acceptedEpoch (texts).
# Exits: 0 · 1 failed.
[ "$dman_there" = yes ] || exit 0
if [ -d data/version-2 ]; then
  set -- data/version-2/*
  [ ! -e "$1" ] || say files "$(stat -c '%s %n' "$@" 2>/dev/null)"
  [ -r data/version-2 ] || failed 'cannot read data/version-2' 'who owns it?'
fi
for file in data/version-2/snapshot.*; do
  [ -e "$file" ] || continue
  case $file in
  *.gz | *.snappy) say whole "${file##*/}" ;;
  *)
    # the string "/" as jute writes it: its length in four bytes, then itself
    [ "$(tail -c 5 "$file" 2>/dev/null | tr '\000\001' 'ab')" != aaab/ ] || say whole "${file##*/}"
    ;;
  esac
done
for name in currentEpoch acceptedEpoch; do
  if slurp "data/version-2/$name"; then
    say "$name" "$slurped"
  elif [ -e "data/version-2/$name" ]; then
    failed "cannot read data/version-2/$name" 'who owns it?'
  fi
done
