#!/bin/sh
# Usage: packages.sh COMMAND=PACKAGE…: installs the Debian package of every command that is missing, as root; else names them.
# Services of new packages are not started: the lab starts what it needs itself.
set -eu
PATH=$PATH:/usr/sbin:/sbin
missing=
for pair in "$@"; do
  command -v "${pair%%=*}" >/dev/null 2>&1 || missing="$missing ${pair#*=}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
  echo "missing Debian packages:$missing" >&2
  echo "install them first: sudo apt-get install --no-install-recommends$missing" >&2
  exit 3
fi
command -v apt-get >/dev/null || { echo "install what Debian calls$missing; this machine has no apt-get" >&2; exit 3; }

policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod 755 $policy
  trap 'rm -f $policy' EXIT
  trap 'exit 130' INT TERM
fi
echo "installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # one word a package
install() { apt-get install -qq -y --no-install-recommends $missing >&2; }
install || { apt-get update -qq >&2 && install; }
