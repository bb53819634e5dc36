# shellcheck shell=sh disable=SC2015,SC2154
# Sets data/version-2 aside and puts the staged backup there, then the epochs. May be repeated after it was cut short at any point: the mark
# says how far it came, and what was set aside first is what stays aside.
# Variables: restore, since (of the mark), sums (lines as sha256sum -c reads them), epoch, mark (text that says swapped), owner (lines of the stamp).
# Says: swapped made|kept. Exits: 0 · 1 failed · 85 refused · 86 the lock is not ours any more.
hint='is the disk full? df and df -i tell'
slurp data/held || refused 'data/held is not there: this host is not marked' 'run it again'
field restore "$slurped" && [ "$field" = "$restore" ] || refused "data/held is of another restore ($field)" 'run it again'
field phase "$slurped"
phase=$field
[ "$phase" = hold ] || [ "$phase" = swapped ] || refused "data/held says $phase: every host has its data already" 'run it again'
if server_lives; then refused "a server of ours runs (pid $server_pid)" 'stop it first'; fi
slurp data/stamp || refused 'data/stamp is not there' 'run it again'
check_owner

aside=data/aside.$since-$restore
swapped=kept
if [ "$phase" = hold ]; then
  # Only a rename within one file system is whole, and data may be on another than tmp.
  fresh=data/restore.$restore
  discard "$fresh"
  [ -d "tmp/restore.$restore/version-2" ] || failed "tmp/restore.$restore is not there" 'run it again'
  mv -f "tmp/restore.$restore/version-2" "$fresh" 2>/dev/null || failed "cannot write $fresh" "$hint"
  wrong=$(cd "$fresh" && printf '%s\n' "$sums" | sha256sum -c - 2>&1) ||
    failed "what was staged is not what the backup lists: $wrong" 'run it again'
  printf '%s\n' "$epoch" | keep "$fresh/acceptedEpoch" && printf '%s\n' "$epoch" | keep "$fresh/currentEpoch" ||
    failed "cannot write below $fresh" "$hint"
  sync -f "$fresh" 2>/dev/null || sync
  still_ours
  # a founding's, empty
  rmdir data/version-2 2>/dev/null
  # Also where nothing goes into it: while it is not there, nothing here was replaced, and the restore can be taken back.
  mkdir -p "$aside" || failed "cannot make $aside" "$hint"
  if [ -e "$aside/version-2" ]; then
    # An earlier try came this far: the former data is safe, and what is in its place is the backup's or nothing.
    discard data/version-2
  elif [ -e data/version-2 ]; then
    mv -f data/version-2 "$aside/" || failed "cannot set data/version-2 aside" "$hint"
  fi
  mv -f "$fresh" data/version-2 || failed 'cannot move the backup into data/version-2' "$hint"
  discard "tmp/restore.$restore"
  # What an unfinished reconfig, or a founding, left beside it is of the former data.
  rm -f data/initialize data/zoo.cfg.dynamic.next
  swapped=made
fi
for name in acceptedEpoch currentEpoch; do
  if ! slurp "data/version-2/$name" || [ "$slurped" != "$epoch
" ]; then
    printf '%s\n' "$epoch" | keep "data/version-2/$name" || failed "cannot write data/version-2/$name" "$hint"
  fi
done
sync -f data 2>/dev/null || sync
printf %s "$mark" | keep data/held || failed 'cannot write data/held' "$hint"
say swapped "$swapped"
