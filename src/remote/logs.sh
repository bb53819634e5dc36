# shellcheck shell=sh disable=SC2012,SC2015,SC2154,SC3013
# The logs of this host's member, each oldest first, its rolled files too; with follow it goes on, over rolls, until nobody
# listens any more. Changes nothing.
# Variables: mark (what no line of a log begins with), since (`-SECONDS`, `@EPOCH`, `YYYY-MM-DD hh:mm:ss` of this host, or empty:
# the last `lines` lines), lines, follow (yes or no).
# Streams: `zone ±hhmm`, then texts, each behind a line `MARK FILE EPOCH`: the log it is of, and when that was last written; then
# `MARK live EPOCH`, once all was sent that there was.
most=10
sent=''

# is_stamped FILE: whether its lines begin with their time. What Java prints by itself does not.
is_stamped() { case $1 in *.out) false ;; esac }

# now: sets now to the seconds since the epoch
now() { now=$(date +%s); }

# tell FILE [EPOCH, now]: what follows is of that file
tell() {
  [ "$sent" != "$1" ] || return 0
  sent=$1
  now=${2-}
  [ -n "$now" ] || now
  printf '\n%s %s %s\n' "$mark" "$1" "$now"
}

# number_of FD FILE: sets number to how often the open file was rolled: 0 is FILE itself; false where it is gone, or just being renamed
number_of() {
  number=0
  [ "/proc/self/fd/$1" -ef "$2" ] && return 0
  while [ "$number" -lt "$most" ]; do
    number=$((number + 1))
    [ "/proc/self/fd/$1" -ef "$2.$number" ] && return 0
  done
  return 1
}
named() { if [ "$2" = 0 ]; then named=$1; else named=$1.$2; fi; }

# open_as FD FILE: false where it is not there. A failed exec alone would end the shell.
open_as() { eval "command exec $1<\"\$2\"" 2>/dev/null; }

# newer FD FILE: goes on with what came after the open file, if that was rolled. Only then nobody writes to it any more, so that
# its rest is whole; and only where it has the same number after the next was opened as before, that is the next.
newer() {
  number_of "$1" "$2" || {
    # So many rolls since the last look that it was removed: the oldest that is there comes next.
    number=$most
    while [ "$number" -gt 0 ] && [ ! -f "$2.$number" ]; do number=$((number - 1)); done
    named "$2" "$number"
    [ -f "$2" ] && ! number_of "$1" "$2" && open_as "$1" "$named"
    return
  }
  [ "$number" != 0 ] || return 1
  before=$number
  rest "$1" "$2"
  named "$2" $((before - 1))
  open_as 9 "$named" || return 1
  number_of "$1" "$2" && [ "$number" = "$before" ] || return 0
  eval "exec $1<&9 9<&-"
}

# rest FD FILE: sends what there is to be read. Looking costs no process.
rest() {
  IFS= read -r line <&"$1" || {
    [ -z "$line" ] || {
      tell "$2"
      printf %s "$line"
    }
    return 0
  }
  tell "$2"
  printf '%s\n' "$line"
  cat <&"$1"
}

# oldest FILE: sets number to that of the oldest file that was written since `from`; false where there is none
oldest() {
  number=''
  for one in $(stat -c '%Y:%n' "$1" "$1".[1-9] "$1".[1-9][0-9] 2>/dev/null); do
    [ "${one%%:*}" -ge "$from" ] || continue
    one=${one#*:"$1"}
    one=${one#.}
    [ -n "$number" ] && [ "${one:-0}" -lt "$number" ] || number=${one:-0}
  done
  [ -n "$number" ]
}

# written FILE: sets written to when it was written last
written() { written=$(stat -c %Y "$1" 2>/dev/null) || written=0; }

# from_then FD FILE: sends the lines since `from`, and leaves the newest file open
from_then() {
  first=''
  # Once more where it was rolled meanwhile.
  while oldest "$2" || number=0 && [ "$number" != "$first" ]; do
    first=$number
    named "$2" "$first"
    open_as "$1" "$named" || return 1
  done
  written "$named"
  if [ "$written" -lt "$from" ]; then
    cat <&"$1" >/dev/null
  elif is_stamped "$2"; then
    skip=$(awk -v since="$moment" '
      /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][T ][0-9][0-9]:/ && substr($0, 1, 10) "T" substr($0, 12, 8) >= since { print n + 1; exit }
      { n += length($0) + 1 }' "/proc/self/fd/$1")
    tell "$2" "$written"
    if [ -n "$skip" ]; then tail -c "+$skip" <&"$1"; else cat <&"$1" >/dev/null; fi
  else
    tell "$2" "$written"
    tail -c 65536 <&"$1"
  fi
}

# last_lines FD FILE: sends the last lines, and leaves the newest file open
last_lines() {
  wanted=$lines
  open_as "$1" "$2" || return 1
  count=$(tail -n "$wanted" "$2" | wc -l)
  if [ "$count" -lt "$wanted" ] && is_stamped "$2" && open_as 9 "$2.1"; then
    eval "exec $1<&9 9<&-"
    wanted=$((wanted - count))
  fi
  written "$2"
  tell "$2" "$written"
  if is_stamped "$2"; then tail -n "$wanted" <&"$1"; else tail -c 65536 <&"$1" | tail -n "$wanted"; fi
}

each_log() {
  "$1" 5 log/server.out
  "$1" 7 log/supervisor.log
  "$1" 6 log/zookeeper.log
}
begin_log() {
  if [ -n "$since" ]; then from_then "$@"; else last_lines "$@"; fi || return 0
  while newer "$@"; do rest "$@"; done
  rest "$@"
}
go_on() {
  # It may have come only now.
  [ -e "/proc/self/fd/$1" ] || open_as "$@" || return 0
  rest "$@"
  while newer "$@"; do rest "$@"; done
}
all_logs() {
  exec 5<&- 6<&- 7<&- 9<&-
  printf 'zone %s\n' "$(date +%z)"
  [ "$dman_there" = yes ] || return 0
  each_log begin_log
  tell live
  # The last line end that was sent waits for what comes behind it.
  echo
  while [ "$follow" = yes ]; do
    sleep 0.3 2>/dev/null || sleep 1
    each_log go_on
  done
}

[ "$dman_there" != closed ] || failed "cannot enter ~/$dman_home" 'log in and look at its owner and mode'
from=0 moment=''
case $since in
'') ;;
-*)
  now
  from=$((now - ${since#-}))
  ;;
@*) from=${since#@} ;;
*) from=$(date -d "$since" +%s 2>&1) || failed "date does not know the time $since: $from" 'write it as 2026-01-31T09:30:00' ;;
esac
[ -z "$since" ] || moment=$(date -d "@$from" +%Y-%m-%dT%H:%M:%S) || failed 'date does not know @' 'see date --version there'
stream all_logs
