# shellcheck shell=sh disable=SC2015,SC2154
# Marks this host: a restore is under way, and neither bin/start nor anybody who asks it starts a server. Replaces an earlier mark, and says
# so where under that one data may have been replaced: then this restore cannot be taken back.
# Variables: mark (text of data/held), owner (lines of the stamp that the data has to have, if it has one).
# Exits: 0 · 1 failed · 85 refused · 86 the lock is not ours any more.
check_owner
# name_in MARK: sets name to what former data is called that is set aside under that mark, and restore to its restore
name_in() {
  field restore "$1"
  restore=$field
  field since "$1"
  name=$field-$restore
}
if slurp data/held; then
  newest data/held "$slurped"
  earlier=$slurped
  name_in "$mark"
  ours=$name
  name_in "$earlier"
  field over "$earlier"
  over=$field
  if [ "$name" != "$ours" ]; then
    field phase "$earlier"
    [ "$field" = hold ] && [ ! -e "data/aside.$name" ] || over=${restore:-another}
  fi
  [ -z "$over" ] || mark="${mark}over: $over
"
fi
mkdir -p data 2>/dev/null && printf %s "$mark" | keep data/held ||
  failed "cannot write ~/$dman_home/data/held" 'is the disk full, or its owner another?'
