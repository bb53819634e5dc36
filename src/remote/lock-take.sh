# shellcheck shell=sh disable=SC2015,SC2154
# Takes the lock, run/lock/<token>/, by one rename of a folder that is whole: there never is a lock that does not say whose it
# is, and what checks, beats or breaks a lock names its token in the path, so it cannot hit another's. Makes ~/<home> and run/.
# Takes a dead lock away first, if `dead` names it and it still is that one.
# Variables: token, dead (a token or empty), who, machine, operator_boot, operator_pid, operator_start.
# Says: taken and living (as observe does), or the lock's holder as observe does. Exits: 0 · 1 failed · 85 refused, a later version wrote something here.
if [ "$dman_there" = no ]; then
  mkdir -p -- "$dman_home" && cd -- "$dman_home" || failed "cannot make ~/$dman_home" 'is the disk full, or the home not writable?'
elif [ "$dman_there" = closed ]; then
  failed "cannot enter ~/$dman_home" 'log in and look at what it is, its owner and its mode'
fi
mkdir -p run 2>/dev/null || failed "cannot write below ~/$dman_home" 'is the disk full, or its owner another?'

for file in data/stamp run/server current/format; do
  if slurp "$file"; then newest "$file" "$slurped"; fi
done
for file in run/lock/*/holder; do
  if slurp "$file"; then newest 'the lock' "$slurped"; fi
done

[ -z "$dead" ] || unclaim lock "$dead"

IFS= read -r boot </proc/sys/kernel/random/boot_id && IFS=' ' read -r uptime _ </proc/uptime || failed 'there is no /proc here'
new=run/new.$$
[ ! -e "$new" ] || rm -rf "$new"
mkdir -p "$new/lock/$token" &&
  printf 'format: 1\nwho: %s\nsince: %s\nmachine: %s\noperator-boot: %s\npid: %s\nstart: %s\nboot: %s\n' \
    "$who" "$(date +%s)" "$machine" "$operator_boot" "$operator_pid" "$operator_start" "$boot" | keep "$new/lock/$token/holder" &&
  printf '%s\n' "$uptime" >"$new/lock/$token/beat" || failed "cannot write below ~/$dman_home/run" 'is the disk full?'
# A folder is renamed over another only where that one is empty: rename(2).
[ -d "run/lock/$token" ] || mv -f "$new/lock" run/ 2>/dev/null
rm -rf "$new"
say boot "$boot"
say uptime "$uptime"
if [ -d "run/lock/$token" ]; then
  say taken
  # After it was taken: a script that registers later finds the lock another's and ends.
  living_changes
  say living "$living"
else
  say_lock
fi
