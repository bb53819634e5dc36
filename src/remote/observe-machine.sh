# shellcheck shell=sh disable=SC2012,SC2015,SC2154,SC3045
# What one observation tells of the machine, behind observe-member.sh. Reads only. Leaves the working folder as a real path.
# Variables: ports (blank-separated, as four upper-case hex digits: those whose owner is asked for, beside the member's own client port: client_port). Exits: 0 · 1 failed.
# Every program that is started costs a millisecond or more, so what the shell can read by itself it does.
if IFS= read -r arch </proc/sys/kernel/arch; then :; else arch=$(uname -m); fi 2>/dev/null
say arch "$arch"
libc=$(getconf GNU_LIBC_VERSION 2>/dev/null)
case $libc in glibc*) ;; *) libc=$(ldd --version 2>&1) ;; esac
say libc "$libc"
say home "$HOME"
say openfiles "$(ulimit -Hn)"

for tool in awk cat chmod date dd env find grep gzip head ln ls mkdir mv readlink rm rmdir sed sha256sum sleep sort stat tail tar tr uname wc; do
  command -v "$tool" >/dev/null || say missing "$tool"
done

# The folder that is to hold everything, or the nearest one above it that exists. cd -P sets PWD to its real path.
place=$PWD
if [ "$dman_there" != yes ]; then
  place=$HOME/$dman_home
  until [ -d "$place" ] && [ -x "$place" ]; do place=${place%/*}; done
fi
cd -P -- "${place:-/}" || failed "cannot enter ${place:-/}"
say space "$(stat -f -c '%a %S %c %d %b' . 2>&1)"

# The time of day is that of the boot and the uptime; how exact it is does not matter.
set -- /proc/self/mountinfo /proc/meminfo /proc/stat /proc/net/tcp
for file in /proc/net/tcp6 /proc/net/fib_trie /proc/net/if_inet6; do [ ! -r "$file" ] || set -- "$@" "$file"; done
# The settings of systemd-logind, where there is one, in the order in which the first of a name counts: also those that are empty.
if [ -d /run/systemd/sessions ]; then
  logind=
  for file in /etc/systemd/logind.conf /usr/lib/systemd/logind.conf /etc/systemd/logind.conf.d/*.conf \
    /run/systemd/logind.conf.d/*.conf /usr/lib/systemd/logind.conf.d/*.conf; do
    [ -e "$file" ] || continue
    logind="$logind$file
"
    [ -f "$file" ] || continue
    if [ -r "$file" ]; then set -- "$@" "$file"; else say unreadable logind; fi
  done
  say logind "$logind"
  # One more program, but hardly anywhere: sshd sets both.
  user=${USER:-${LOGNAME:-$(id -un 2>/dev/null)}}
  say user "$user"
  [ -z "$user" ] || [ ! -e "/var/lib/systemd/linger/$user" ] || say lingers
fi
system=$(there=$PWD ports=" $ports " client="$client_port" awk '
  BEGIN { own = sprintf("%04X", ENVIRON["client"]) }
  FILENAME ~ /mountinfo$/ {
    point = $5
    gsub(/\\040/, " ", point); gsub(/\\011/, "\t", point); gsub(/\\134/, "\\", point)
    there = ENVIRON["there"]
    fits = point == "/" || there == point || index(there, point "/") == 1
    if (fits && length(point) >= longest) {
      longest = length(point)
      for (i = 7; $i != "-"; i++);
      # of the mount, and of the file system: errors make that read-only
      mount = $(i + 1) " " $6 "," $(i + 3) " " $3
    }
    next
  }
  # the addresses of this machine: IPv4 by the routes that lead to itself, IPv6 of global scope
  FILENAME ~ /fib_trie$/ {
    if ($1 == "|--") address = $2
    else if (/\/32 host LOCAL/) print "address " address
    next
  }
  FILENAME ~ /if_inet6$/ { if ($4 == "00") print "address " $1; next }
  FILENAME ~ /logind[.]conf/ {
    if (/^[ \t]*#?[ \t]*Kill(UserProcesses|OnlyUsers|ExcludeUsers)[ \t]*=/) print "logind " FILENAME " " $0
    next
  }
  /^btime / { print }
  /^MemTotal:/ { total = $2 }
  /^MemAvailable:/ { available = $2 }
  /^MemFree:/ { free = $2 }
  $4 == "0A" {
    split($2, end, ":")
    print "listen " $2 " " $8 " " $10 (end[2] == own || index(ENVIRON["ports"], " " end[2] " ") ? " asked" : "")
  }
  END { print "mount " mount; print "memory " total " " (available == "" ? free : available) }
' "$@" 2>/dev/null)
say system "$system"

# Whose are the ports that we asked for? Only the sockets of our own processes can be seen. Ours is looked at first.
asked=' '
rest=$system
while :; do
  line=${rest%%
*}
  case $line in *' asked')
    line=${line% asked}
    asked="$asked${line##* } "
    ;;
  esac
  case $rest in *"
"*) rest=${rest#*
} ;; *) break ;; esac
done
owners() {
  ls -l "$@" 2>/dev/null | inodes=$asked awk '
    /^\/proc\// { split($0, part, "/"); pid = part[3] }
    match($0, /socket:\[[0-9]+\]$/) {
      inode = substr($0, RSTART + 8, RLENGTH - 9)
      if (index(ENVIRON["inodes"], " " inode " ") && !seen[inode]++) print pid, inode
    }'
}
if [ "$asked" != ' ' ]; then
  owned='' files='' again=no
  [ "$server_alive" = no ] || files=$(ls -l "/proc/$server_pid/fd" 2>/dev/null)
  for inode in $asked; do
    case $files in
    *"socket:[$inode]"*) owned="$owned $server_pid $inode" ;;
    *)
      owned=$(owners /proc/[0-9]*/fd) again=yes
      break
      ;;
    esac
  done
  # shellcheck disable=SC2086
  set -- $owned
  while [ $# -ge 2 ]; do
    comm=
    { IFS= read -r comm <"/proc/$1/comm"; } 2>/dev/null
    say owner "$1 $2 $comm"
    shift 2
  done
  # Another run, or the supervisor, may have ended our server since it was looked at, or started it: that is no stranger.
  if [ "$again" = yes ]; then
    if [ "$dman_there" = yes ] && server_lives; then say servernow "$server_pid"; fi
    set -- /proc/net/tcp
    [ ! -r /proc/net/tcp6 ] || set -- "$@" /proc/net/tcp6
    say still "$(awk '$4 == "0A" { print $2 } END { print "whole" }' "$@" 2>/dev/null)"
  fi
fi

# crond: by its pid file, else by name among all processes, which /proc may hide from us.
cron=no
for file in /run/crond.pid /var/run/crond.pid /run/cron.pid /proc/[0-9]*/comm; do
  case $file in
  /proc/*) ;;
  *)
    [ -r "$file" ] && read -r pid <"$file" || continue
    file=/proc/$pid/comm
    ;;
  esac
  { IFS= read -r comm <"$file"; } 2>/dev/null || continue
  case $comm in cron | crond | fcron) cron=yes && break ;; esac
done
[ "$cron" = yes ] || [ -r /proc/1/comm ] || cron=hidden
say cron "$cron"
