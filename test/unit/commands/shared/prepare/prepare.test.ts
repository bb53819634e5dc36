import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { asDman } from '../../../../../src/commands/shared/prepare/identity.ts'
import {
  needJars,
  prepareAnew,
  type Prepared,
  prepareLook,
  prepareTrees,
} from '../../../../../src/commands/shared/prepare/prepare.ts'
import type { Run } from '../../../../../src/commands/shared/run/run.ts'
import { treeDiff } from '../../../../../src/commands/tree/diff.ts'
import { treeExport } from '../../../../../src/commands/tree/export.ts'
import { treeHistory } from '../../../../../src/commands/tree/history.ts'
import { treeImport } from '../../../../../src/commands/tree/import.ts'
import { treeRollback } from '../../../../../src/commands/tree/rollback.ts'
import { superDigestOf } from '../../../../../src/hosts/desired.ts'
import type { Archive } from '../../../../../src/local/archive.ts'
import { makeSecrets, noSecrets, readSecrets, saveSecrets, type Secrets } from '../../../../../src/local/secrets.ts'
import { certify, tlsOf } from '../../../../../src/local/tls-secrets.ts'
import { absent } from '../../../../../src/model/fact.ts'
import { Secret } from '../../../../../src/model/secret.ts'
import { failuresIn } from '../../../../../src/model/together.ts'
import { ownFolder } from '../../../folder.ts'
import { archive, inventory, materials } from '../../../hosts/build.ts'
import { sourceOf } from '../../../tree/build.ts'

const own = ownFolder()

let folder = ''
let run: Run
beforeEach(() => {
  folder = own.at()
  const paths = { state: join(folder, '.dman/dman'), secrets: join(folder, '.dman/dman/secrets.json') }
  const passphrase = { ask: () => Promise.resolve(undefined), known: () => Promise.resolve(undefined) }
  const { signal: interrupted } = new AbortController()
  run = { inventory: inventory(1, paths), passphrase, interrupted } as unknown as Run
})

const prepared = async (more: Partial<Prepared> = {}): Promise<Prepared> => ({
  ...materials(),
  ...(await prepareTrees(run)),
  founding: absent,
  ...more,
})
/** What another run does meanwhile. */
const change = async (changed: (now: Secrets) => Secrets | Promise<Secrets>): Promise<void> =>
  saveSecrets(run.inventory, await changed(await readSecrets(run.inventory)))
const caMade = async (now: Secrets) => {
  const hosts = [{ host: 'zk1', must: ['10.0.0.1'], may: [] }]
  return certify(now, { ensemble: 'dman', hosts, trusted: [], now: Date.now() })
}
const caOf = (secrets: Secrets): string | undefined => tlsOf(secrets).ca?.certificate
const shown = ({ passwords }: Secrets) => Object.values(passwords).map((secret) => secret.reveal())

test('a CA that another run made meanwhile counts, in a run that made nothing and in one that made its own', async () => {
  await saveSecrets(run.inventory, makeSecrets(noSecrets))
  const before = await prepared()
  const own = await caMade(before.secrets)
  await change(async (now) => (await caMade(now)).secrets)
  const held = caOf(await readSecrets(run.inventory))
  expect(held).toContain('BEGIN CERTIFICATE')
  expect(caOf((await prepareAnew(run, before)).secrets)).toBe(held)
  const certified = { ...before, secrets: own.secrets, isCertified: true }
  expect(caOf((await prepareAnew(run, certified)).secrets)).toBe(held)
})

test('what was made up here stays while nobody else made it, and else what is on the disk counts', async () => {
  const before = await prepared()
  expect(before.madeUp).toEqual(['super', 'dman'])
  const own = await prepareAnew(run, before)
  expect(shown(own.secrets)).toEqual(shown(before.secrets))
  await change(makeSecrets)
  const theirs = await prepareAnew(run, before)
  expect(theirs.madeUp).toEqual([])
  expect(shown(theirs.secrets)).toEqual(shown(await readSecrets(run.inventory)))
  expect(theirs.superDigest.reveal()).toBe(superDigestOf(theirs.secrets.passwords.super!).reveal())
})

test('passwords that are gone from the disk, or others, are not gone on with', async () => {
  await saveSecrets(run.inventory, makeSecrets(noSecrets))
  const before = await prepared()
  await change((now) => makeSecrets({ ...now, made: [], passwords: {} }))
  const now = await prepareAnew(run, before)
  expect(shown(now.secrets)).toEqual(shown(await readSecrets(run.inventory)))
  rmSync(run.inventory.secrets)
  expect((await prepareAnew(run, before)).madeUp).toEqual(['super', 'dman'])
})

/** A command on the tree app, which ends before any host is contacted. */
const ofTree = <O extends object>(command: (run: Run<O>) => Promise<unknown>, options: object = {}) => {
  const asked = { ...run.inventory, trees: [sourceOf({ from: [folder] })] }
  return command({ ...run, inventory: asked, options: { tree: 'app', ...options } } as unknown as Run<O>)
}

test.each([
  ['diff', () => ofTree(treeDiff)],
  ['export', () => ofTree(treeExport, { out: join(folder, 'x.json') })],
  ['history', () => ofTree(treeHistory)],
  ['rollback', () => ofTree(treeRollback)],
  ['import', () => ofTree(treeImport, { path: folder })],
])('case 33: where secrets.json is lost, tree %s says so, and makes none up', async (_, command) => {
  const lost = { exit: 5, step: 'read secrets.json', got: 'there is none beside the inventory' }
  await expect(command()).rejects.toMatchObject({ ...lost, hint: expect.stringContaining('.dman folder') as string })
})

test('case 33: a password of dman that was made once and is gone is told as that', async () => {
  await saveSecrets(run.inventory, { ...makeSecrets(noSecrets), passwords: {} })
  await expect(asDman(run)).rejects.toMatchObject({ exit: 5, got: 'no password of dman' })
})

test.each([
  ['export', () => ofTree(treeExport, { out: join(folder, 'x.json') })],
  ['history', () => ofTree(treeHistory)],
])('where secrets.json is sealed, tree %s needs its passphrase', async (_, command) => {
  await saveSecrets(run.inventory, { ...makeSecrets(noSecrets), passphrase: new Secret('correct horse') })
  await expect(command()).rejects.toMatchObject({ exit: 5, got: 'it is protected by a passphrase' })
})

test('what the archive lacks for the inventory’s ports is told before any host is contacted', () => {
  const ports = { ...inventory(1).ports, secure: 2281, metrics: 7000 }
  const jars = (more: Partial<Archive>) => () => needJars({ ports }, archive('zookeeper', 'one', more))
  expect(jars({ metrics: true, netty: true })).not.toThrow()
  expect(jars({ metrics: true, netty: false })).toThrow(/lacks the jars of Netty, which `ports.secure` needs/)
  expect(jars({ netty: true })).toThrow(/Prometheus provider, which `ports.metrics` needs/)
  expect(() => needJars(inventory(1), archive('zookeeper'))).not.toThrow()
})

const missing = { got: expect.stringContaining('none') as string, exit: 3 }
/** With a tree whose folder is not there. */
const withoutFolder = (): Run => ({
  ...run,
  inventory: { ...run.inventory, trees: [sourceOf({ from: [join(folder, 'none')] })] },
})
/** But for the archives, which are not there either. */
const toldOf = async (work: Promise<unknown>) =>
  (await failuresIn(work)).filter(({ step }) => !step.startsWith('read /archives/'))
const damage = async () => {
  await saveSecrets(run.inventory, makeSecrets(noSecrets))
  writeFileSync(run.inventory.secrets, '{')
}

test('what is wrong with secrets and with trees is told at once', async () => {
  await damage()
  await expect(prepareTrees(withoutFolder())).rejects.toMatchObject({ all: [{ exit: 5 }, missing] })
})

test('who only looks needs no passphrase; a secrets.json that is damaged is refused all the same', async () => {
  await saveSecrets(run.inventory, { ...makeSecrets(noSecrets), passphrase: new Secret('correct horse') })
  expect(await toldOf(prepareLook(withoutFolder()))).toMatchObject([missing])
  rmSync(run.inventory.secrets)
  await damage()
  expect(await toldOf(prepareLook(withoutFolder()))).toMatchObject([missing, { exit: 5 }])
})
