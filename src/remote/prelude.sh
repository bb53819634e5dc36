# shellcheck shell=sh disable=SC2015,SC2088,SC2154
# Goes before every script that is sent to a host, behind templates/bin/prelude and before the variables. The script finds itself in ~/<home>
# where that exists (dman_there=yes), else in $HOME. What it says goes to fd 3 between marks; stdout and stdin are closed to it.
# Exits: 0 · 1 failed · 85 refused, data would be at risk or a later version wrote it · 86 the lock is not ours any more · 87 not now.
LC_ALL=C PATH=/usr/bin:/bin:/usr/sbin:/sbin:$PATH
export LC_ALL PATH
# bash hands functions of the login's down to us
unset -f awk cat cd chmod crontab date dd env find getconf grep gzip id kill ldd ln ls mkdir mv printf pwd read readlink rm rmdir sed setsid \
  sh sha256sum sleep stat sync tar tr ulimit umask uname wait wc 2>/dev/null
unset CDPATH GREP_OPTIONS GREP_COLORS TAR_OPTIONS GZIP POSIXLY_CORRECT BLOCK_SIZE BLOCKSIZE QUOTING_STYLE
dman_out='' dman_entry='' dman_work=''

# say KEY VALUE: one record. They go out together, at the end or by out.
say() {
  dman_out="$dman_out
$dman_mark $1
${2-}"
}
out() {
  printf '%s' "$dman_out" >&3
  dman_out=
}

# failed WORDS [HINT] · refused WORDS [HINT] · not_now WORDS [HINT], before anything was done: what it was decided by no longer holds ·
# lost: end the script
failed() { give_up 1 "$@"; }
refused() { give_up 85 "$@"; }
not_now() { give_up 87 "$@"; }
lost() { give_up 86 "${1-the lock is not held by this run any more}"; }
give_up() {
  say words "$2"
  [ -z "${3-}" ] || say hint "$3"
  printf '%s\n' "$2" >&2
  exit "$1"
}

# begin: opens the frame, goes home, and for a script that changes: registers it, then looks whether the lock is ours. In this
# order, for whoever takes the lock over looks for registered scripts after it: one of the two always sees the other.
begin() {
  exec 3>&1 >/dev/null
  printf '\n%s begin\n' "$dman_mark" >&3
  printf '\n%s begin\n' "$dman_mark" >&2
  [ "$dman_kind" != streams ] || exec 4<&0
  exec </dev/null
  trap 'dman_end $?' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # A changing script that loses its operator goes on to its end: that is a consistent point, half-way is none.
  case $dman_kind in changes | lock) trap '' HUP PIPE ;; *) trap 'exit 129' HUP ;; esac
  cd -- "${HOME:-/nonexistent}" 2>/dev/null || failed "cannot enter the home folder ${HOME-}" 'log in and look at its owner and mode'
  dman_there=no
  if [ -d "$dman_home" ]; then
    if cd -- "$dman_home" 2>/dev/null && [ -r . ]; then dman_there=yes; else dman_there=closed; fi
  elif [ -e "$dman_home" ] || [ -L "$dman_home" ]; then
    dman_there=closed
  fi
  dman_at=$PWD
  [ "$dman_kind" != changes ] || register
}

register() {
  [ "$dman_there" = yes ] || lost "~/$dman_home or its lock is gone"
  process_start $$ || failed 'there is no /proc here'
  dman_start=$process_start
  [ -d run ] || lost
  dman_entry=run/changing.$dman_script.$$.$dman_start.$dman_token
  { : >"$dman_entry"; } 2>/dev/null || failed "cannot write below ~/$dman_home" 'is the disk full, or its owner another?'
  still_ours
}

# still_ours: the check that every changing script begins with
still_ours() { [ -d "run/lock/$dman_token" ] || lost; }

# work: makes the folder for whatever is not finished yet, sets work to it; it is gone at the end
work() {
  work=tmp/work.$$
  [ "$dman_work" != "$work" ] || return 0
  [ ! -e "$work" ] || discard "$work"
  mkdir -p "$work" 2>/dev/null || failed "cannot write below ~/$dman_home/tmp" 'is the disk full, or its owner another?'
  dman_work=$work
}

# discard PATH: removes it, also where folders in it were made read-only
discard() {
  rm -rf -- "$1" 2>/dev/null || {
    chmod -R u+rwX -- "$1" 2>/dev/null
    rm -rf -- "$1"
  }
}

# keep_asides COUNT PATH: of former data that was set aside the newest stay, by their time, which has as many digits for centuries; PATH stays
# whatever a clock said
keep_asides() {
  kept=$1
  own=$2
  set -- data/aside.*
  [ -e "$1" ] || set --
  while [ $# -gt "$kept" ]; do
    [ "$1" = "$own" ] || { discard "$1" && say removed "$1"; }
    shift
  done
}

# The entry goes last: while it is there, whoever comes waits for this script or ends it.
leave_nothing() {
  cd -- "$dman_at" || return
  rm -rf -- ${dman_work:+"$dman_work"} ${dman_entry:+"$dman_entry"} 2>/dev/null && return
  [ -z "$dman_work" ] || discard "$dman_work"
  [ -z "$dman_entry" ] || rm -f "$dman_entry"
}

dman_end() {
  trap - EXIT
  [ -z "$dman_work$dman_entry" ] || leave_nothing
  { printf '%s\n%s end %s\n' "$dman_out" "$dman_mark" "$1" >&3; } 2>/dev/null
  exit "$1"
}

# stream COMMAND…: for scripts that are opened: runs it until it ends, or until the operator closes stdin. What reads stdin
# must be another process than the one that prints: a silent command would never notice that nobody listens.
stream() {
  out
  "$@" >&3 4<&- &
  dman_child=$!
  # shellcheck disable=SC2064
  trap "kill $dman_child 2>/dev/null; exit 143" TERM HUP
  {
    cat <&4
    kill -TERM $$
  } >/dev/null 2>&1 3>&- &
  dman_watch=$!
  wait "$dman_child"
  dman_status=$?
  # KILL: of TERM a process that bash has just forked dies as this script would, by telling its end.
  kill -KILL "$dman_watch" 2>/dev/null
  return "$dman_status"
}

# each_line COMMAND TEXT: COMMAND with each line of TEXT that is not empty. A here-document would be a file in bash's /tmp.
each_line() {
  each_rest=$2
  while [ -n "$each_rest" ]; do
    each_line=${each_rest%%
*}
    case $each_rest in *"
"*) each_rest=${each_rest#*
} ;; *) each_rest= ;; esac
    [ -z "$each_line" ] || "$1" "$each_line"
  done
}

# living_changes: sets living to the lines `SCRIPT PID START TOKEN STAGED` of changing scripts that are registered and live,
# stale to the registrations of those that do not
living_changes() {
  living='' stale=''
  for dman_file in run/changing.*; do
    [ -e "$dman_file" ] || continue
    dman_name=${dman_file#run/changing.}
    dman_rest=${dman_name#*.}
    dman_pid=${dman_rest%%.*}
    dman_rest=${dman_rest#*.}
    if process_start "$dman_pid" && [ "$process_start" = "${dman_rest%%.*}" ]; then
      slurp "$dman_file"
      living="$living${dman_name%%.*} $dman_pid ${dman_rest%%.*} ${dman_rest#*.} ${slurped%%
*}
"
    else
      stale="$stale$dman_file
"
    fi
  done
}

# check_owner: refuses where data/stamp is another member's than the lines of owner say; what they do not say is not compared
check_owner() {
  [ -n "$owner" ] && slurp data/stamp || return 0
  dman_stamp=$slurped
  newest data/stamp "$dman_stamp"
  each_line check_owner_line "$owner"
}
check_owner_line() {
  field "${1%%: *}" "$dman_stamp"
  [ "$field" = "${1#*: }" ] || refused "the data here is that of the ${1%%: *} $field, not of ${1#*: }" \
    "nothing was touched; look at ~/$dman_home/data"
}

# say_lock: who holds the lock, as its holder wrote it; nothing where nobody does
say_lock() {
  for dman_file in run/lock/*; do
    [ -d "$dman_file" ] || continue
    # The holder may let go while we read: then there is no lock.
    slurp "$dman_file/holder" || continue
    say lock "token: ${dman_file##*/}
$slurped"
    slurp "$dman_file/beat" && say beat "${slurped%%
*}"
  done
}

# newest WHAT TEXT: refuses what a later version wrote
newest() {
  field format "$2"
  is_number "$field" || return 0
  [ "$field" -le "$newest_format" ] ||
    refused "$1 was written by a later version of dman-bootstrap (format $field)" 'use that version, or a later one'
}
