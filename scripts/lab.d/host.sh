#!/bin/sh
# Usage: host.sh LAB HOST: becomes process 1 of a lab's host; called in new mount, pid, uts and ipc namespaces, in the host's network namespace.
# The host gets a root of its own: the machine's programs read-only, all else made here; the home and the crontabs outlive it.
set -eu
lab=$1 host=$2
dir=$lab/hosts/$host root=$dir/root
umask 022
hostname "$host"

mount -t tmpfs -o mode=755,size=64m "lab-$host" "$root"
cd "$root"
mkdir -p dev etc home/dman mnt old proc root run/sshd srv sys tmp var/cache var/lib var/log var/spool/cron/crontabs var/tmp
chmod 1777 tmp var/tmp
chmod 700 root
ln -s ../run var/run
ln -s ../run/lock var/lock
mkdir -m 1777 run/lock

mkdir usr
mount -o bind,ro /usr usr
for top in bin sbin lib lib32 lib64 libx32; do
  if [ -L /$top ]; then
    cp -P /$top $top
  elif [ -d /$top ]; then
    mkdir $top
    mount -o bind,ro /$top $top
  fi
done

for one in alternatives bash.bashrc debian_version default ld.so.cache ld.so.conf ld.so.conf.d locale.alias localtime login.defs mime.types \
  nsswitch.conf os-release pam.conf pam.d profile protocols rpc security services shells skel terminfo timezone; do
  [ -e /etc/$one ] || [ -L /etc/$one ] || continue
  set -- "$@" /etc/$one
done
shift 2
cp -a "$@" etc/
cp -a "$dir/etc/." etc/
awk -F: '($3 < 1000 || $3 == 65534) && $1 != "dman"' /etc/passwd >etc/passwd
awk -F: '($3 < 1000 || $3 == 65534) && $1 != "dman"' /etc/group >etc/group
echo 'dman:x:21800:21800::/home/dman:/bin/bash' >>etc/passwd
echo 'dman:x:21800:' >>etc/group
(umask 077; awk -F: '{ print $1 ":*:19000:0:99999:7:::" }' etc/passwd >etc/shadow)
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$host" >etc/hosts
echo "$host" >etc/hostname
: >etc/resolv.conf
for kind in auth account session; do echo "$kind required pam_permit.so"; done >etc/pam.d/cron

mount --bind "$dir/home" home/dman
mount --bind "$dir/crontabs" var/spool/cron/crontabs
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t tmpfs -o mode=755,size=1m,nosuid lab-dev dev
for one in null zero full random urandom tty; do
  : >dev/$one
  mount --bind /dev/$one dev/$one
done
mkdir dev/pts
mkdir -m 1777 dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5,nosuid,noexec devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for pair in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${pair%:*}" "dev/${pair#*:}"; done

# Each start of a host is a boot of its own; the machine's boot id would be the same on all hosts.
cp /proc/sys/kernel/random/uuid etc/boot-id
mount --bind etc/boot-id proc/sys/kernel/random/boot_id

# No Java: neither Debian's folder of it nor whatever else `java` means on the machine.
hide() {
  [ -d "$root$1" ] && mount -t tmpfs -o ro,size=4k lab-nothing "$root$1"
}
hide /usr/lib/jvm || :
IFS=:
for folder in $PATH /usr/local/bin /usr/bin /bin; do
  java=$(readlink -f "$folder/java") || continue
  [ -f "$root$java" ] || continue
  home=${java%/bin/java}
  case $home in
    '' | /usr | /usr/local | "$java") mount --bind /dev/null "$root$java" ;;
    *) hide "$home" || : ;;
  esac
done
unset IFS

pivot_root . old
cd /
umount -l old
rmdir old
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin tini -- sh -c '
  /usr/sbin/sshd -E /var/log/sshd
  cron
  exec sleep infinity'
