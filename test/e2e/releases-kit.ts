import { mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { labCommand, type TestLab } from './lab/lab.ts'
import { runCommand } from './lab/run.ts'
import { onAll } from './up-look.ts'

/** Archives that the lab's hosts can run, as absolute paths. */
export interface LabArchives {
  readonly jre: string
  /** another Java, laid out as Temurin packs a whole JDK */
  readonly jdk: string
  /** the newest first; only one where Maven Central cannot be reached */
  readonly zookeeper: readonly { readonly version: string; readonly file: string }[]
}

export async function labArchives(): Promise<LabArchives> {
  const { code, stdout, stderr } = await labCommand('archives')
  expect(code, stderr).toBe(0)
  const lines = [...stdout.matchAll(/^(\S+) (\S+) (.*)$/gm)].map(([, kind, version = '', file = '']) => ({ kind, version, file })) // prettier-ignore
  const java = (version: string) => lines.find((line) => line.kind === 'java' && line.version === version)?.file ?? ''
  const zookeeper = lines.filter(({ kind }) => kind === 'zookeeper')
  return { jre: java('17'), jdk: java('17-jdk'), zookeeper }
}

/** Names other archives in the inventory. */
export const take = (
  lab: TestLab,
  files: { readonly java?: string | undefined; readonly zookeeper?: string | undefined },
) =>
  lab.edit(
    (inventory) => {
      for (const [key, file] of Object.entries(files)) inventory.setIn([key, 'archive'], file)
    },
    { name: 'inventory.yml' },
  )

/** The archive that the inventory names. */
export async function taken(lab: TestLab, kind: 'java' | 'zookeeper'): Promise<string> {
  const inventory = parse(await readFile(lab.inventory, 'utf8')) as Record<string, { archive: string }>
  return path.resolve(lab.folder, inventory[kind]?.archive ?? '')
}

/** A copy of an archive, changed by a command that runs in its top folder. */
export async function repacked(lab: TestLab, archive: string, command: string): Promise<string> {
  const folder = path.join(lab.folder, 'repacked')
  await mkdir(folder)
  const repack = `tar xzf "$0" && (cd ./* && ${command}) && tar cf - ./* | gzip -1 >"../repacked-$$.tar.gz" && echo $$`
  const { code, stdout, stderr } = await runCommand(['sh', '-c', repack, archive], { cwd: folder })
  expect(code, stderr).toBe(0)
  await rm(folder, { recursive: true })
  return path.join(lab.folder, `repacked-${stdout.trim()}.tar.gz`)
}

/** How many releases of each kind lie on the hosts, such as `conf 2, java 1, zookeeper 2`: the same on all. */
export async function releasesOf(lab: TestLab): Promise<string> {
  const all = await onAll(lab, 'ls dman/releases')
  const count = (text: string, kind: string) => text.split('\n').filter((name) => name.startsWith(`${kind}-`)).length
  const words = all.map((text) =>
    ['conf', 'java', 'zookeeper'].map((kind) => `${kind} ${count(text, kind)}`).join(', '),
  )
  expect(new Set(words).size, words.join('; ')).toBe(1)
  return words[0] ?? ''
}
