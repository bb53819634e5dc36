import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { build } from 'esbuild'
import type { TestContext } from 'vitest'
import { archives } from '../../scripts/lab.d/archives.mjs'
import { Secret } from '../../src/model/secret.ts'
import { type Seeding, seedTrees } from '../../src/tree/seed.ts'
import { readTrees } from '../../src/tree/source.ts'
import { digestId } from '../../src/zookeeper/digest.ts'
import type { ZooKeeper } from '../../src/zookeeper/zookeeper.ts'
import { sourceOf } from '../unit/tree/build.ts'
import { kazoo } from './kazoo.ts'
import type { TestLab } from './lab/lab.ts'
import { repository, runCommand } from './lab/run.ts'
import { secretsFileOf } from './secret-search.ts'
import { sessionOf } from './znodes.ts'

/** A reader of examples/ and how it is started; Python's are in two versions. */
export const readers = ['Python 2.7', 'Python 3', 'Node'] as const
export type Reader = (typeof readers)[number]

const kazoos = { 'Python 2.7': ['2', '2.8.0'], 'Python 3': ['3', '2.11.0'] } as const

/** What runs the script for that reader; skips the test, with its reason, where this machine has no such Python. */
export async function runner(context: TestContext, reader: Reader, script?: string) {
  if (reader === 'Node') return { command: [process.execPath, await nodeReader()], env: {} }
  const [major, version] = kazoos[reader]
  const found = await kazoo(major, version)
  if ('why' in found) return context.skip(found.why)
  const env = { PYTHONPATH: found.folder, PYTHONDONTWRITEBYTECODE: '1' }
  return { command: [found.python, script ?? path.join(repository, 'examples/python/tree_reader.py')], env }
}

/** The reader's types taken off; its library is found as its users' would be, in node_modules. */
async function nodeReader(): Promise<string> {
  const outfile = path.join(repository, 'node_modules/.cache/examples/tree-reader.mjs')
  const source = path.join(repository, 'examples/node/tree-reader.ts')
  await build({ entryPoints: [source], outfile, bundle: true, packages: 'external', platform: 'node', format: 'esm' })
  return outfile
}

/** Lines that read `data` with ZooKeeper's own client, as a program of one file; skips the test where this machine has no JDK. */
export async function runJava(
  context: TestContext,
  lab: TestLab,
  lines: string,
  env: Readonly<Record<string, string>>,
) {
  const jdk = await runCommand(['sh', '-c', 'java --list-modules'])
  if (!jdk.stdout.includes('jdk.compiler')) return context.skip('no JDK: `java` runs no source here')
  const [release] = (await archives()).zookeeper
  const folder = path.join(lab.folder, 'java')
  await mkdir(folder)
  await runCommand(['tar', '-xzf', release?.path ?? '', '-C', folder, '--strip-components=1'])
  const imports = ['java.nio.charset.StandardCharsets', 'org.apache.zookeeper.ZooKeeper'].map(
    (name) => `import ${name};`,
  )
  const main = `${lines}\nSystem.out.println(new String(data, StandardCharsets.UTF_8));\nzk.close();`
  const program = `public class Main { public static void main(String[] args) throws Exception {\n${main}\n} }\n`
  await writeFile(path.join(folder, 'Main.java'), `${imports.join('\n')}\n${program}`)
  return runCommand(['timeout', '60', 'java', '-XX:-UsePerfData', '-cp', 'lib/*', 'Main.java'], { cwd: folder, env })
}

/** A line of JSON that came, and when. */
export interface Line<T> {
  readonly at: number
  readonly told: T
}

/** A process that prints JSON lines until it is ended. */
export function listen<T>(command: readonly string[], env: Readonly<Record<string, string>>) {
  const [file = '', ...args] = command
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  const lines: Line<T>[] = []
  let errors = ''
  let held = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const whole = `${held}${text}`.split('\n')
    held = whole.pop() ?? ''
    lines.push(...whole.map((line) => ({ at: performance.now(), told: JSON.parse(line) as T })))
  })
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended by itself: ${errors}`)
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return { lines, end, errors: () => errors }
}

/** As a run of the program would, in its identity, through one member: the first, where no session says another. */
export function writerOf(lab: TestLab, name: string, acl: readonly string[]) {
  const from = path.join(lab.folder, name)
  const at = `/dman/${name}`
  const source = sourceOf({ name, path: at, from: [from], acl })
  const open = async (host = lab.hosts[0]?.name ?? '', more?: Parameters<typeof sessionOf>[3]): Promise<ZooKeeper> => {
    const auth = [{ scheme: 'digest', auth: new Secret(`dman:${(await passwords(lab)).dman}`) }]
    return sessionOf(lab, host, auth, more)
  }
  const write = async (values: Readonly<Record<string, string>>, more: Partial<Seeding> = {}) => {
    await mkdir(from, { recursive: true })
    for (const [file, value] of Object.entries(values)) await writeFile(path.join(from, file), value)
    const known = Object.entries(await passwords(lab)).map(([who, text]) => [who, digestId(who, new Secret(text))])
    const trees = await readTrees([source], Object.fromEntries(known) as Record<string, string>)
    const note = { who: 'e2e', run: `run-${performance.now()}`, at: new Date().toISOString(), reason: '' }
    const [seeded] = await seedTrees(trees, { open: () => open(), note, emit: () => undefined, ...more })
    return seeded?.generation ?? 0
  }
  return { name, at, open, write }
}

/** By the identity's name. */
export const passwords = async (lab: TestLab): Promise<Readonly<Record<string, string>>> =>
  (await secretsFileOf(lab)).passwords
