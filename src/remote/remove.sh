# shellcheck shell=sh disable=SC2015,SC2154
# Removes what is ours below ~/<home>: all but data, or data too. The lock stays; its release takes the last empty folders.
# The supervisor is ended; our lines in the crontab are another script's (crontab.sh).
# Refuses while a server of ours runs, and where the data is another member's. Variables: data (yes or no), owner (lines of its stamp;
# none where the data was seen to have no stamp).
# Says: left NAME for what is not ours, or stays. Exits: 0 · 1 failed · 85 refused · 86 the lock is not ours any more.
if server_lives; then refused "a server of ours runs (pid $server_pid)" 'stop it first'; fi
[ "$server_format" -le "$newest_format" ] || refused 'run/server was written by a later version' 'use that version'
check_owner
# What was seen may have been replaced since by what was founded here meanwhile.
if [ "$data" = yes ]; then
  if slurp data/stamp; then
    newest data/stamp "$slurped"
    [ -n "$owner" ] || refused 'there is a stamp here that was not there before' 'run it again'
  else
    for file in data/stamp data/myid data/version-2/* data/version-2/.[!.]*; do
      [ ! -e "$file" ] && [ ! -L "$file" ] ||
        refused 'there is data here that no founding of ours left' "move ~/$dman_home/data away if it is not needed"
    done
  fi
fi
# The supervisor first, for it could start what is just being removed.
if supervisor_lives; then
  kill -TERM "$supervisor_pid" 2>/dev/null
  uptime_now
  deadline=$((uptime_now + 10))
  while supervisor_lives; do
    uptime_now
    [ "$uptime_now" -lt "$deadline" ] || failed "the supervisor (pid $supervisor_pid) does not end" 'end it by hand'
    sleep 0.05 2>/dev/null || sleep 1
  done
fi
end_class_cache
gone() {
  discard "$1" || failed "cannot remove ~/$dman_home/$1" 'who owns what is in it?'
}
# current first: from then on nothing can be started
for name in current bin releases cache log tmp; do gone "$name"; done
if [ "$data" = yes ]; then
  # data may be a link to another disk, or one mounted there: what is in it goes first
  for file in data/version-2 data/myid data/stamp data/initialize data/zoo.cfg data/zoo.cfg.* data/held data/restore.* data/aside.* data/*.new; do gone "$file"; done
  if [ -L data ]; then rm -f data; else rmdir data 2>/dev/null; fi
fi
for file in run/* run/.[!.]*; do
  [ "$file" = run/lock ] || [ "$file" = "$dman_entry" ] || [ ! -e "$file" ] && [ ! -L "$file" ] || gone "$file"
done
for file in * .[!.]*; do
  [ "$file" = run ] || [ ! -e "$file" ] && [ ! -L "$file" ] || say left "$file"
done
