# shellcheck shell=sh disable=SC2015,SC2154
# Behind upload.sh: unpacks an uploaded backup into tmp/restore.ID, where it is only once each of its files has the right checksum and is on disk.
# Variables: staged (name in tmp), sum (its sha256), restore (ID), sums (lines as sha256sum -c reads them, names in version-2).
# Says: staged yes. Exits: 0 · 1 failed · 86 the lock is not ours any more.
came_whole
work
words=$(cd "$work" && tar -xzf "../$staged" 2>&1) || spoilt "cannot unpack the backup: $words" "$hint"
rm -f -- "tmp/$staged"
wrong=$(cd "$work/version-2" && printf '%s\n' "$sums" | sha256sum -c - 2>&1) ||
  failed "what was unpacked is not what the backup lists: $wrong" "$hint"
chmod -R go=,u+rwX "$work/version-2" || failed 'cannot set the modes of the backup' "$hint"
sync -f "$work/version-2" 2>/dev/null || sync
still_ours
# also those of which a swap was cut short: it begins with the staged one again
for old in tmp/restore.* data/restore.*; do [ ! -e "$old" ] || discard "$old"; done
mkdir -p "tmp/restore.$restore" && mv -f "$work/version-2" "tmp/restore.$restore/" ||
  failed "cannot write tmp/restore.$restore" "$hint"
say staged yes
