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

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "missing, by Debian's names:$missing" >&2
  echo "install them first: sudo apt-get install --no-install-recommends$missing" >&2
  exit 3
fi

log=$(mktemp) policy=/usr/sbin/policy-rc.d made=
trap 'rm -f "$log" $made' EXIT
trap 'exit 130' INT TERM
if [ ! -e $policy ]; then
  made=$policy
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod 755 $policy
fi
echo "installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # one word a package
install() { apt-get install -qq -y --no-install-recommends $missing >"$log" 2>&1; }
install || { apt-get update -qq >"$log" 2>&1 && install; } || { cat "$log" >&2; exit 1; }
