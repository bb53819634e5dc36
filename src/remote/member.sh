# shellcheck shell=sh disable=SC2015,SC2154
# One step of this host's member, in this order, each only when asked for: stop, aside, found, switch, start. Each may be repeated.
# Variables: aside (yes or no: the data is set aside) and kept (how many such the host keeps); found (yes or no) with stamp (text), id, initialize (yes or no), members (lines of the first dynamic file), members_version (what its name ends with: hex, or empty), anew (yes: also where it ran before);
# stop (yes or no) with patience (seconds that another start or stop may take) and owner (lines of the stamp whose server it has to be); switch (a conf release or empty); start (yes or no).
# A member that is stopped and started in one step stays wanted all the while, so that whatever becomes of this script its supervisor
# starts it; while this script lives it does not. A member that is only stopped is not wanted any more.
# Says: stopped PID|nothing · setaside PATH · removed PATH, of what was set aside before · founded made|kept · switched FROM · start `started PID` or `runs PID`; then what observe-member.sh says, which follows it.
# Exits: 0 · 1 failed · 85 refused: data of another member, or a later version's · 86 the lock is not ours any more ·
# 87 not now: a server that was not to be stopped runs, for its supervisor or somebody else has started it meanwhile.
full="cannot write below ~/$dman_home/data"
hint='is the disk full? df and df -i tell'

dynamic=zoo.cfg.dynamic${members_version:+.$members_version}
dynamic_line="dynamicConfigFile=./data/$dynamic
"

# Stamp first: data without it is foreign, so a founding that is cut short is known as ours and is completed by the next.
found_member() {
  founded=kept
  has_data=no
  for file in data/version-2/* data/version-2/.[!.]*; do [ ! -e "$file" ] || has_data=yes; done
  if [ -e data/stamp ] || [ -L data/stamp ]; then
    slurp data/stamp || failed 'cannot read data/stamp' 'who owns it?'
    newest data/stamp "$slurped"
    [ "$slurped" = "$stamp" ] || refused "data here is stamped as another's: $(one_line "$slurped")" \
      "this run would stamp it: $(one_line "$stamp"); move ~/$dman_home/data away if it is not needed"
  elif [ "$has_data" = yes ] || [ -e data/myid ]; then
    refused 'there is data here that no founding of ours left' "move ~/$dman_home/data away if it is not needed"
  fi
  if slurp data/myid; then
    [ "$slurped" = "$id
" ] || refused "data/myid says $(one_line "$slurped")but this host's id is $id" "move ~/$dman_home/data away if it is not needed"
  elif [ -e data/myid ]; then
    failed 'cannot read data/myid' 'who owns it?'
  fi
  work
  mkdir -p data/version-2 "$work/data" 2>/dev/null || failed "$full" "$hint"
  [ -e data/stamp ] || put stamp "$stamp"
  [ -e data/myid ] || put myid "$id
"
  found_members
  # mv renames in this order: what is cut short is completed by the next.
  # shellcheck disable=SC2086
  [ -z "$puts" ] || mv -f -- $puts data/ 2>/dev/null || failed "$full" "$hint"
}
found_members() {
  started=no
  for file in data/version-2/snapshot.* data/version-2/log.*; do [ ! -e "$file" ] || started=yes; done
  # Who the members are is ZooKeeper's own from the first start on, but for a member that joins: by these lines it has no vote.
  if [ "$anew" = yes ]; then
    if server_lives; then refused "a server of ours runs (pid $server_pid), so who belongs stays as it is" 'stop it first'; fi
    rm -f data/zoo.cfg.dynamic.next
  elif [ "$started" = yes ] || server_lives; then
    return 0
  fi
  put "$dynamic" "$members"
  # A start that was cut short has put the rest of zoo.cfg before this line.
  slurp data/zoo.cfg
  case "
$slurped" in *"
$dynamic_line") ;; *) put zoo.cfg "$dynamic_line" ;; esac
  [ "$initialize" = no ] || [ -e data/initialize ] || put initialize ''
}
# put NAME TEXT: what data/NAME is to hold, if it does not
puts=
put() {
  if slurp "data/$1" && [ "$slurped" = "$2" ]; then return 0; fi
  printf %s "$2" | dd of="$work/data/$1" conv=fsync 2>/dev/null || failed "$full" "$hint"
  puts="$puts $work/data/$1"
  founded=made
}
one_line() { printf %s "$1" | tr '\n' ' '; }

# By one rename: the data is there or aside, never half. `initialize` goes first: what was emptied must not vote with nothing in hand.
setaside=
set_aside() {
  if server_lives; then refused "a server of ours runs (pid $server_pid), so its data stays" 'stop it first'; fi
  [ ! -e data/held ] || refused 'a restore is under way here' 'dman-bootstrap restore finishes it'
  [ -e data/stamp ] || refused 'there is no stamp of ours, so the data stays' "look at ~/$dman_home/data"
  rm -f data/initialize || failed 'cannot remove data/initialize' 'who owns it?'
  for file in data/version-2/* data/version-2/.[!.]*; do
    [ -e "$file" ] || [ -L "$file" ] || continue
    # As a restore names it: by the time, so that the newest can be told from the oldest.
    name=data/aside.$(date +%s)-repair
    # A second one within the same second
    [ ! -e "$name" ] || name=$name.$$
    words=$(mv data/version-2 "$name" 2>&1) || failed "cannot set data/version-2 aside: $words" 'is it a disk of its own?'
    setaside=$name
    say setaside "$name"
    return
  done
}

switch_to() {
  for file in format zoo.cfg jvm java/bin/java zookeeper/lib; do
    [ -e "releases/$1/$file" ] || failed "releases/$1/$file is missing, so current stays as it is" 'run it again'
  done
  slurp "releases/$1/format" && newest "releases/$1" "$slurped"
  if server_lives; then
    set -- "$1" "a server of ours runs (pid $server_pid), so current stays as it is"
    [ "$found$stop" != nono ] || not_now "$2" 'stop it first'
    refused "$2" 'stop it first'
  fi
  say switched "$(readlink current 2>/dev/null)"
  work
  ln -s "releases/$1" "$work/current" && mv -f "$work/current" . || failed 'cannot switch current' "$hint"
}

# bin_script NAME ARGUMENT…: sets answer to what it printed. Without its words on stderr there would be no telling what failed.
bin_script() {
  [ -f "bin/$1" ] || failed "bin/$1 is missing" 'dman-bootstrap up lays it'
  name=$1
  shift
  work
  answer=$(sh "bin/$name" "$@" 2>"$work/words" 3>&- 4>&-) || {
    slurp "$work/words"
    failed "bin/$name: ${slurped:-it failed without words}" "look at ~/$dman_home/log"
  }
}

if [ "$stop" = yes ]; then
  check_owner
  if [ -e run/server ] || [ -e run/wanted ] || server_lives; then
    keep=
    # Who belongs is about to change there: until it is started again nobody else may start it.
    [ "$start" = no ] || [ "$anew" = yes ] || keep=keep
    bin_script stop "$patience" $keep
    say stopped "${answer#stopped }"
  else
    say stopped nothing
  fi
fi
if [ "$aside" = yes ]; then
  check_owner
  still_ours
  set_aside
fi
if [ "$found" = yes ]; then
  found_member
  say founded "$founded"
fi
if [ -n "$switch" ]; then
  still_ours
  switch_to "$switch"
fi
if [ "$start" = yes ]; then
  still_ours
  bin_script start
  say start "$answer"
fi
# Last, for it may take long
[ -z "$setaside" ] || keep_asides "$kept" "$setaside"
