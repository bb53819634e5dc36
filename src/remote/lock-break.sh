# shellcheck shell=sh disable=SC2154
# Takes the lock with that token away, whoever holds it, and no other. For `unlock`.
# Variables: broken. Says: broken yes|no. Exits: 0 · 85 refused, a later version wrote it.
if [ "$dman_there" = yes ] && [ -d "run/lock/$broken" ]; then
  if slurp "run/lock/$broken/holder"; then newest 'the lock' "$slurped"; fi
  if unclaim lock "$broken"; then say broken yes; else say broken no; fi
else
  say broken no
fi
