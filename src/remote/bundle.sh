# shellcheck shell=sh disable=SC2012,SC2015,SC2154,SC3045
# What somebody who was not there needs to understand this host's member: listings, settings, ends of logs. Reads only.
# Variables: most (bytes of the server's log; of each other log it is a sixteenth). Says: `file NAME`, its text. Exits: 0 · 1 failed.

# piece NAME COMMAND…: what it prints, its errors too
piece() {
  say "file $1"
  out
  shift
  "$@" >&3 2>&1
}
machine() {
  uname -a
  date
  cat /etc/os-release /proc/uptime /proc/loadavg
  id
  ulimit -a
  df -k .
  df -i .
  cat /proc/meminfo
}
piece machine.txt machine
[ "$dman_there" != closed ] || failed "cannot enter ~/$dman_home" 'log in and look at its owner and mode'
[ "$dman_there" = yes ] || exit 0

piece listing.txt ls -lan . bin cache data data/version-2 data/aside.* log releases run run/lock tmp
server() {
  read_server && cat "/proc/$server_pid/status" "/proc/$server_pid/limits"
}
piece process.txt server
for file in current/* data/myid data/stamp data/held data/zoo.cfg data/zoo.cfg.* run/server run/served run/supervisor run/wanted; do
  [ -f "$file" ] || continue
  case $file in
  # without the private key
  *.pem) piece "$file" sed '/-BEGIN .*PRIVATE KEY-/,/-END .*PRIVATE KEY-/d' "$file" ;;
  *) piece "$file" tail -c 65536 "$file" ;;
  esac
done
less=$((most / 16))
for file in log/*; do
  case $file in *.[2-9] | *.[1-9][0-9]) continue ;; esac
  [ -f "$file" ] || continue
  if [ "$file" = log/zookeeper.log ]; then piece "$file" tail -c "$most" "$file"; else piece "$file" tail -c "$less" "$file"; fi
done
