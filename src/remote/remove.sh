# shellcheck shell=sh disable=SC2015,SC2154
# Removes what is ours below ~/<home>: all but data, or data too. The lock stays; its release takes the last empty folders.
# Refuses while a server of ours runs. Variables: data (yes or no).
# Says: left NAME for what is not ours, or stays. Exits: 0 · 1 failed · 85 refused · 86 the lock is not ours any more.
if server_lives; then refused "a server of ours runs (pid $server_pid)" 'stop it first'; fi
[ "$server_format" -le "$newest_format" ] || refused 'run/server was written by a later version' 'use that version'
if [ "$data" = yes ]; then
  if slurp data/stamp; then newest data/stamp "$slurped"; fi
fi
gone() {
  discard "$1" || failed "cannot remove ~/$dman_home/$1" 'who owns what is in it?'
}
# current first: from then on nothing can be started
for name in current bin releases cache log tmp; do gone "$name"; done
if [ "$data" = yes ]; then
  # data may be a link to another disk, or one mounted there: what is in it goes first
  for file in data/version-2 data/myid data/stamp data/initialize data/zoo.cfg data/zoo.cfg.* data/*.new; do gone "$file"; done
  if [ -L data ]; then rm -f data; else rmdir data 2>/dev/null; fi
fi
for file in run/* run/.[!.]*; do
  [ "$file" = run/lock ] || [ "$file" = "$dman_entry" ] || [ ! -e "$file" ] && [ ! -L "$file" ] || gone "$file"
done
for file in * .[!.]*; do
  [ "$file" = run ] || [ ! -e "$file" ] && [ ! -L "$file" ] || say left "$file"
done
