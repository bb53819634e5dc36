# shellcheck shell=sh disable=SC2015,SC2154
# Takes the mark away, so that this host's member may be started, and all former data but the newest few. With `given_up` also a mark under
# which nothing was swapped yet, neither by this restore nor by one before it that was not finished.
# Variables: restore (of the mark), owner (lines of the stamp that the data has to have, if it has one), given_up (yes or no), kept (how many). Says: removed PATH.
# Exits: 0 · 1 failed · 85 refused · 86 the lock is not ours any more.
check_owner
aside=
if slurp data/held; then
  newest data/held "$slurped"
  field restore "$slurped"
  [ "$field" = "$restore" ] || refused "data/held is of another restore ($field)" 'run it again'
  field phase "$slurped"
  phase=$field
  field since "$slurped"
  aside=data/aside.$field-$restore
  field over "$slurped"
  [ "$phase" = release ] || { [ "$given_up$phase$field" = yeshold ] && [ ! -e "$aside" ]; } ||
    refused "data/held says $phase: not every host has the new data yet" 'run restore again'
  rm -f data/held || failed 'cannot remove data/held' 'who owns it?'
  # where there was no data to set aside
  rmdir "$aside" 2>/dev/null
fi
for old in tmp/restore.* data/restore.*; do [ ! -e "$old" ] || discard "$old"; done
keep_asides "$kept" "$aside"
# data is all that a mark on an empty host left
rmdir data 2>/dev/null
exit 0
