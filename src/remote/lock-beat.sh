# shellcheck shell=sh disable=SC2154
# The lock's heartbeat: writes the host's uptime beside the holder. The path names the token, so another's lock is never beaten.
# Variables: none. Exits: 0 · 1 failed · 86 the lock is not ours any more.
lock=run/lock/$dman_token
[ -d "$lock" ] || lost
IFS=' ' read -r uptime _ </proc/uptime
{ printf '%s\n' "$uptime" >"$lock/beat.new" && mv -f "$lock/beat.new" "$lock/beat"; } 2>/dev/null || {
  [ -d "$lock" ] || lost
  failed 'cannot write the heartbeat' 'is the disk full?'
}
