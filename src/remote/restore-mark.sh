# shellcheck shell=sh disable=SC2015,SC2154
# Marks this host: a restore is under way, and neither bin/start nor anybody who asks it starts a server. Replaces an earlier mark.
# Variables: mark (text of data/held), owner (lines of the stamp that the data has to have, if it has one).
# Exits: 0 · 1 failed · 85 refused · 86 the lock is not ours any more.
check_owner
if slurp data/held; then newest data/held "$slurped"; fi
mkdir -p data 2>/dev/null && printf %s "$mark" | keep data/held ||
  failed "cannot write ~/$dman_home/data/held" 'is the disk full, or its owner another?'
