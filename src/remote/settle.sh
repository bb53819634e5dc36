# shellcheck shell=sh disable=SC2015,SC2154
# Ends what an earlier run left running: waits for each of the registered scripts that are named, then ends it and what it
# started, known by pid and start time. The member's server is never among these, nor anything of this run.
# Variables: running (lines `PID START`), grace (seconds to wait before one is ended).
# Says: settled PID left|ended. Exits: 0 · 1 failed · 86 the lock is not ours any more.
living_changes
lives() { process_start "$1" && [ "$process_start" = "$2" ]; }
waits() {
  # waits SECONDS PID START: false when it still lives after that time
  uptime_now
  until_then=$((uptime_now + $1))
  while lives "$2" "$3"; do
    uptime_now
    [ "$uptime_now" -lt "$until_then" ] || return 1
    sleep 0.05 2>/dev/null || sleep 1
  done
}

# offspring_of PID: sets offspring to lines `PID START` of what it started, deep down, but for the server
offspring_of() {
  processes=''
  for stat in /proc/[0-9]*/stat; do
    { IFS= read -r line <"$stat"; } 2>/dev/null || continue
    rest=${line##*) }
    pid=${stat#/proc/}
    pid=${pid%/stat}
    # shellcheck disable=SC2086
    set -- "$1" $rest
    processes="$processes$3 $pid ${21}
"
  done
  parents=" $1 "
  offspring=''
  grew=yes
  while [ "$grew" = yes ]; do
    grew=no
    each_line child_of "$processes"
  done
}
child_of() {
  # shellcheck disable=SC2086
  set -- $1
  case $parents in *" $2 "*) return 0 ;; *" $1 "*) ;; *) return 0 ;; esac
  [ "$2" != "$server_pid" ] || return 0
  parents="$parents$2 "
  offspring="$offspring$2 $3
"
  grew=yes
}
kill_one() {
  # shellcheck disable=SC2086
  set -- $1
  if lives "$1" "$2"; then kill -KILL "$1" 2>/dev/null; fi
}

settle_one() {
  # shellcheck disable=SC2086
  set -- $1
  # Only what is registered, and not by this run.
  case "
$living" in *" $1 $2 $dman_token"*) return 0 ;; *" $1 $2 "*) ;; *)
    say settled "$1 left"
    return 0
    ;;
  esac
  if waits "$grace" "$1" "$2"; then
    say settled "$1 left"
    return 0
  fi
  # Looked up while it lives: what it started has another parent once it is gone, and may still write.
  server_lives
  offspring_of "$1"
  kill -TERM "$1" 2>/dev/null
  if ! waits 2 "$1" "$2"; then
    offspring_of "$1"
    kill_one "$1 $2"
    waits 5 "$1" "$2" || failed "the script with pid $1 of an earlier run does not end" 'end it by hand'
  fi
  each_line kill_one "$offspring"
  say settled "$1 ended"
}
# each_line is used inside, and keeps its rest in variables
for entry in $(printf %s "$running" | tr ' \n' ', '); do
  settle_one "${entry%,*} ${entry#*,}"
done
