import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A tarball of these files, each below `top`; those with a `#!` first line are executable. */
export function tarball(
  files: Readonly<Record<string, string>>,
  mode = 'u=rwX,go=rX',
): { bytes: Buffer; sha256: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'dman-tar-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, 'in', name)), { recursive: true })
    writeFileSync(path.join(folder, 'in', name), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 })
  }
  execFileSync('chmod', ['-R', mode, path.join(folder, 'in')])
  execFileSync('tar', ['-czf', path.join(folder, 'out'), '-C', path.join(folder, 'in'), ...tops(files)])
  const bytes = readFileSync(path.join(folder, 'out'))
  execFileSync('chmod', ['-R', 'u+w', folder])
  rmSync(folder, { recursive: true })
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}

const tops = (files: Readonly<Record<string, string>>) => [
  ...new Set(Object.keys(files).map((name) => name.split('/')[0] ?? '')),
]

/** Stands for Java: tells what it was started with, then runs until it is ended. */
export const fakeJava = `#!/bin/sh
case "$*" in *' -version') echo 'openjdk version "17"' >&2; exit 0 ;; esac
env >run/java-env
printf '%s\\n' "$@" >run/java-arguments
ulimit -c >run/java-cores
umask >run/java-umask
trap 'echo ended >log/ended; exit 143' TERM
while :; do sleep 0.02; done
`

/** As Java does: writes lists and archives where it is asked to, and takes only an archive that is whole. */
const sharing = `
for option; do
  case $option in
  -XX:DumpLoadedClassList=*) printf 'java/lang/Object id: 0\\norg/apache/zookeeper/server/quorum/CommitProcessor id: 1\\n' >"\${option#*=}" ;;
  -XX:SharedArchiveFile=*) archive=\${option#*=} ;;
  esac
done
case "$*" in
*-Xshare:dump*)
  printf '%s\\n' "$@" >run/dump-arguments
  ulimit -c >run/dump-cores
  echo $$ >run/dumping
  while [ -e run/hold ]; do sleep 0.05; done
  echo whole >"$archive"
  exit 0
  ;;
*-Xshare:on*) [ "$(cat "$archive")" = whole ] && [ ! -e run/unfit ]; exit ;;
esac
`

/** A Java that knows of class caches. */
export const sharingJava = fakeJava.replace('\n', () => sharing)
