#!/bin/sh
# Makes sure that Node is new enough and that the npm packages of the lock file are there; called in the repository's folder.
set -eu
for command in node npm; do
  command -v $command >/dev/null || { echo "$command is missing: Node 20.12 or later is needed" >&2; exit 3; }
done
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 12) ? 0 : 1)' ||
  { echo "Node $(node --version) is too old: 20.12 or later is needed" >&2; exit 3; }
installed=node_modules/.package-lock.json
if [ ! -e $installed ] || [ -n "$(find package-lock.json -newer $installed)" ]; then
  npm ci --ignore-scripts --no-audit --no-fund >&2
fi
