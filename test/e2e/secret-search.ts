import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { sealedOf, unseal } from '../../src/local/seal.ts'
import { Secret } from '../../src/model/secret.ts'
import type { TestLab } from './lab/lab.ts'
import { runCommand, startCommand } from './lab/run.ts'

/** What must never be seen, by what it is: `password of super`, `digest of super`, `key of zk1`, `key of CA`. */
export type Secrets = Readonly<Record<string, string>>

interface SecretsFile<Identity extends string = string> {
  readonly passwords: Readonly<Record<Identity, string>>
  /** while others are given in their place, and until all servers know those */
  readonly former?: unknown
  readonly tls: { readonly ca: { readonly key: string; readonly members: Record<string, { readonly key: string }> } }
}

/** As the program opens secrets.json: where it is protected, by the passphrase that programs that are run have, too. */
export async function secretsFileOf<Identity extends string = string>(
  lab: TestLab,
): Promise<SecretsFile<Identity> & { isProtected: boolean }> {
  const text = await readFile(path.join(lab.folder, '.dman', lab.name, 'secrets.json'), 'utf8')
  const { sealed, ...open } = JSON.parse(text) as SecretsFile<Identity> & { sealed?: unknown }
  const found = sealedOf(sealed)
  const opened = found && (await unseal(found, new Secret(process.env['DMAN_SECRETS_PASSPHRASE'] ?? '')))
  return {
    ...(opened === undefined ? open : (JSON.parse(opened) as SecretsFile<Identity>)),
    isProtected: found !== undefined,
  }
}

/** Every password of the ensemble, the digest that zoo.cfg has of the first, and a line of each private key. */
export async function secretsOf(lab: TestLab): Promise<Secrets> {
  const { passwords } = await secretsFileOf(lab)
  const { stdout } = await lab.exec('zk1', "sed -n 's/.*superDigest=super://p' dman/current/zoo.cfg")
  const named = (what: string, all: Secrets) =>
    Object.fromEntries(Object.entries(all).map(([of, text]) => [`${what} of ${of}`, text]))
  const all = {
    ...named('password', passwords),
    ...named('digest', { super: stdout.trim() }),
    ...named('key', await keysOf(lab)),
  }
  expect(Object.values(all).every((secret) => secret.length > 16)).toBe(true)
  return all
}

/** Of the key of each member, by its name, and of the CA's the line that no other has. */
export async function keysOf(lab: TestLab): Promise<Readonly<Record<string, string>>> {
  const { ca } = (await secretsFileOf(lab)).tls
  const keys = Object.entries(ca.members).map(([host, { key }]) => [host, key] as const)
  return Object.fromEntries([...keys, ['CA', ca.key] as const].map(([name, pem]) => [name, pem.split('\n')[2] ?? '']))
}

/** No secret is in these texts, each with its name, as it is or in base64. */
export function expectUnseen(secrets: Secrets, texts: Readonly<Record<string, string>>): void {
  const found = Object.entries(texts).flatMap(([where, text]) =>
    Object.entries(secrets).flatMap(([what, secret]) =>
      [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')].some((form) => text.includes(form))
        ? [`${what} in ${where}`]
        : [],
    ),
  )
  expect(found).toEqual([])
}

/**
 * No secret, of now or of `before`, is in what the program printed in this suite, nor in a file, here or on a host, that anybody else may read.
 * Resolves with those in which they are, by host.
 */
export async function expectHidden(lab: TestLab, before: Secrets = {}): Promise<ReadonlyMap<string, string[]>> {
  const now = await secretsOf(lab)
  for (const secrets of [before, now]) expectUnseen(secrets, { 'what was printed': lab.said.join('\n') })
  const input = [before, now].flatMap((secrets) => Object.values(secrets)).join('\n')
  const { isProtected } = await secretsFileOf(lab)
  expect(await filesHere(lab, input)).toEqual(isProtected ? [] : [`600 .dman/${lab.name}/secrets.json`])
  const found = await Promise.all(lab.hosts.map(async ({ name }) => [name, await filesOn(lab, name, input)] as const))
  for (const [name, files] of found) {
    expect(files.length, name).toBeGreaterThan(0)
    for (const file of files) expect(file, name).toMatch(/^600 \/.*\/dman\/(releases|data)\//)
  }
  return new Map(found.map(([name, files]) => [name, files.map((file) => file.slice('600 '.length))]))
}

/** Mode and path of each file of the suite's own folder, and of what the program has beside it, that holds one of these. */
async function filesHere(lab: TestLab, input: string): Promise<string[]> {
  const beside = (await readdir(tmpdir())).filter((name) => name.startsWith('dman-validate-'))
  const search = `LC_ALL=C grep -rlaFsf - . "$@" | while read -r file; do stat -c '%a %n' "$file"; done`
  const { stdout } = await runCommand(
    ['sh', '-c', search, 'search', ...beside.map((name) => path.join(tmpdir(), name))],
    { cwd: lab.folder, input },
  )
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.replace(' ./', ' '))
}

/** The same of a whole host, its /tmp and /var/log too; of one of the kind loopback, which has the machine's, of its home. */
async function filesOn(lab: TestLab, host: string, input: string): Promise<string[]> {
  const isOwn = lab.kind === 'namespaces'
  const folders = isOwn ? '$(ls -d /* | grep -vxE "/(proc|sys|usr|dev|lib.*|bin|sbin)") /dev/shm' : '"$HOME"'
  const search = `LC_ALL=C grep -rlaFsf - -D skip ${folders} | while read -r file; do stat -c '%a %n' "$file"; done`
  const { stdout } = await lab.exec(host, search, { root: isOwn, input })
  return stdout.split('\n').filter(Boolean)
}

/** Reads argument lists and environments of all processes of this machine, so those of hosts too, without pause; `end` tells what it read. */
export async function watchProcesses(): Promise<{ end: () => Promise<string> }> {
  const watch = startCommand(['python3', path.join(import.meta.dirname, 'process-watch.py')])
  onTestFinished(() => watch.kill('SIGKILL'))
  await watch.until(/^watches$/m)
  return {
    async end() {
      watch.kill('SIGTERM')
      const { code, stdout, stderr } = await watch.done
      expect(code, stderr).toBe(0)
      return stdout
    },
  }
}
