# shellcheck shell=sh disable=SC2012,SC2015,SC2154
# What one observation tells of this host's member: little, and quick, for it is asked after every step. Reads only. Works before ~/<home> exists.
# Variables: alone (no: the rest of the observation follows, and tells where links lead). Exits: 0 · 1 failed.
IFS= read -r boot </proc/sys/kernel/random/boot_id && IFS= read -r uptime </proc/uptime ||
  failed 'there is no /proc here' 'the host has to be a Linux machine with /proc mounted'
say boot "$boot"
say uptime "${uptime%% *}"
say there "$dman_there"
server_alive=no
# text KEY FILE: its text; where it is there but cannot be read, that is said instead
text() {
  if slurp "$2"; then say "$1" "$slurped"; elif [ -e "$2" ] || [ -L "$2" ]; then say unreadable "$1"; fi
}
# own_client: sets client_port to that of this host's line there, as `slurped` holds them
own_client() {
  { IFS= read -r id <data/myid; } 2>/dev/null || return 0
  case $slurped in *"server.$id="*)
    line=${slurped#*"server.$id="}
    line=${line%%"
"*}
    client_port=${line##*:}
    ;;
  esac
}
# for observe-machine.sh
# shellcheck disable=SC2034
client_port=
observe_data() {
  text stamp data/stamp
  text myid data/myid
  text mark data/held
  # who belongs, as its server wrote it down last
  if slurp data/zoo.cfg; then
    case "
$slurped" in *"
dynamicConfigFile="*)
      file=${slurped##*dynamicConfigFile=}
      file=${file%%"
"*}
      say membersfile "${file##*/}"
      text members "data/${file##*/}"
      own_client
      ;;
    esac
  fi
  if [ -e data ] && { [ ! -d data ] || [ ! -r data ] || [ ! -x data ]; }; then say trouble 'cannot read data'; fi
  [ ! -e data/initialize ] || say initialize
  if [ -d data/version-2 ] && [ ! -r data/version-2 ]; then say trouble 'cannot read data/version-2'; fi
  held=no
  for file in data/version-2/* data/version-2/.[!.]*; do
    [ -e "$file" ] || continue
    held=yes
    case ${file##*/} in snapshot.* | log.*) say started && break ;; esac
  done
  [ "$held" = no ] || say held
}
observe_server() {
  server_lives && server_alive=yes
  if [ "$server_alive" = yes ] && [ "$server_found" = yes ]; then
    server_text
    say server "$server_text"
  else
    text server run/server
  fi
  say alive "$server_alive"
  # Why one that is wanted has ended: what Java printed last, but for the lines of a stack.
  [ "$server_alive" = yes ] || [ ! -e run/wanted ] || [ ! -s log/server.out ] ||
    say lastwords "$(tail -n 100 log/server.out | sed -n '/^[^[:space:]]/h; ${ g; s/^\(.\{250\}\).*/\1/; p; }')"
}
# how each conf release talks to peers; one without the file does so plainly
observe_tls() {
  for file in releases/conf-*/tls; do
    [ -e "$file" ] || continue
    conf=${file%/tls}
    slurp "$file" || slurped=
    say "tls ${conf##*/}" "$slurped"
  done
}
observe_supervision() {
  [ ! -e run/wanted ] || say wanted
  if supervisor_lives; then say supervisor; fi
  text failing run/failing
}
if [ "$dman_there" = yes ]; then
  text served run/served
  observe_data
  observe_server
  observe_supervision
  observe_tls
  if [ "$alone" = yes ] && { [ -L current ] || [ -e current ]; }; then say links "$(ls -dil current 2>&1)"; fi
fi
