import { createHash } from 'node:crypto'
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { readBackup, writeBackup } from '../../src/local/backup-file.ts'
import { epochOf } from '../../src/zookeeper/data-files.ts'
import { client, numbersAt, writer } from './backup-kit.ts'
import { broken, shellOf } from './faults-kit.ts'
import type { Kazoo } from './kazoo.ts'
import { audit, destroyAll, everywhere, expectNothingToDo, killAfter, kindOf, nth } from './killed-kit.ts'
import { withLab } from './lab/lab.ts'
import { expectNoneLost } from './lost.ts'
import { butCron, ended, homes, listening, servers, statusOf } from './up-look.ts'

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

describe('a backup of a running ensemble, and what is restored from it', () => {
  const lab = withLab()
  const at = '/numbers'
  let by: Kazoo
  const file = () => path.join(lab.folder, 'one.tar.gz')
  const names = () => lab.hosts.map(({ name }) => name)
  const marks = () =>
    everywhere(lab, 'ls dman/data/held 2>/dev/null; ls -d dman/tmp/* dman/data/restore.* 2>/dev/null; :')
  const tls = () => everywhere(lab, 'sed -n "s/^mode: //p" dman/current/tls')
  const byTls = () => Object.fromEntries(names().map((name) => [name, 'strict']))
  const none = () => Object.fromEntries(names().map((name) => [name, '']))
  const manifestOf = async () => (await readBackup(file(), new AbortController().signal)).manifest
  /** Kills the leader; who leads once all serve again. Every zxid from then on is of a higher epoch. */
  async function elected(): Promise<string> {
    const { leader: former } = await statusOf(lab, 0)
    ended(await lab.exec(former ?? '', 'kill -9 "$(sed -n "s/^pid: //p" dman/run/server)"'), 0)
    await expect.poll(async () => (await lab.run('status', lab.inventory)).code, { timeout: 30_000 }).toBe(0)
    return (await statusOf(lab, 0)).leader ?? ''
  }
  /** names of what lies in a member's data */
  const dataOn = async (host: string) =>
    Object.values(await everywhere(lab, 'ls dman/data/version-2', [host]))
      .join()
      .split('\n')
  /** acknowledged before the backup began, and by the time that it had ended */
  let before: readonly number[] = []
  let after: readonly number[] = []

  /** every member holds what was acknowledged before the backup, and nothing from after it */
  async function expectRestored(): Promise<void> {
    for (const name of names()) {
      const have = await numbersAt(by, lab, name, at)
      expectNoneLost(
        before.filter((number) => !have.has(number)),
        name,
      )
      const since = Math.max(...after)
      const known = [...have].filter((number) => number > since + 10 && number < since + 100_000)
      expect(known, `${name}: written after the backup`).toEqual([])
    }
  }

  /** it says whose it is, and holds that member's newest whole snapshot with every log from it on, and no file more */
  async function expectWholeSet(from: string, snapshot: string): Promise<void> {
    const { files, ...manifest } = await manifestOf()
    const begin = snapshot.slice('snapshot.'.length)
    const logs = (await dataOn(from)).filter((name) => name.startsWith('log')).sort()
    const base = logs.filter((name) => name.slice('log.'.length) <= begin).at(-1) ?? ''
    expect([begin.length, logs.length]).toEqual([9, 2])
    expect(files.map(({ name }) => name)).toEqual([snapshot, ...logs.filter((name) => name >= base)])
    const { [from]: said = '' } = await everywhere(
      lab,
      `cd dman/data; cat stamp; echo "epoch: $(cat version-2/currentEpoch)"
       version=$(sed -n 's/^dynamicConfigFile=.*dynamic[.]//p' zoo.cfg); echo "version: $version"; cat "zoo.cfg.dynamic.$version"`,
      [from],
    )
    const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(said)?.[1] ?? ''
    const epoch = Number(field('epoch'))
    expect(manifest).toMatchObject({
      ensemble: lab.name,
      founding: field('founding'),
      from: { host: from, id: Number(field('id')) },
      epochs: { current: epoch },
      membership: { version: field('version').padStart(16, '0'), members: said.match(/^server\..*$/gm)?.sort() },
    })
    expect(manifest.membership.members).toHaveLength(3)
    expect(epochOf(manifest.acknowledged)).toBe(epoch)
    expect(manifest.zxid >= manifest.acknowledged).toBe(true)
  }

  beforeAll(async () => {
    by = await client()
    ended(await lab.run('up', lab.inventory), 0)
  })

  test('every write acknowledged before it began is in it; no member goes down, no port is opened, nothing is left', async () => {
    const writing = writer(by, lab, at)
    try {
      await writing.more(100)
      // who leads anew writes a snapshot, and begins another log once it was started again
      const from = await elected()
      await writing.more(50)
      await elected()
      await writing.more(50)
      const newest =
        (await dataOn(from))
          .filter((name) => name.startsWith('snapshot'))
          .sort()
          .at(-1) ?? ''
      await everywhere(lab, `cd dman/data/version-2; head -c 60 ${newest} >snapshot.2fffffff0`, [from])
      const ran = await servers(lab)
      const ports = await listening(lab, 'zk1')
      before = [...writing.acknowledged]
      const { length } = await audit(lab)
      const backup = lab.run('backup', lab.inventory, '--out', file(), '--hosts', from)
      const seen = new Set<string>()
      const over = new AbortController()
      const looking = (async () => {
        while (!over.signal.aborted) for (const port of await listening(lab, 'zk1')) seen.add(port)
      })()
      ended(await backup.finally(() => over.abort()), 0)
      await looking
      after = [...writing.acknowledged]
      expect(after.length).toBeGreaterThan(before.length)
      expect(await servers(lab)).toEqual(ran)
      // a host of the kind loopback has the whole machine's sockets: of these its own address counts
      const own = `${lab.hosts[0]?.address ?? ''}:`
      const opened = [...seen].filter((port) => !ports.includes(port))
      expect(opened.filter((port) => lab.kind === 'namespaces' || port.startsWith(own))).toEqual([])
      expect(await everywhere(lab, 'ls -d dman/tmp/* dman/run/changing.* 2>/dev/null || :')).toEqual(none())
      // it was replayed before the first byte of the file was written
      const replayed = (await audit(lab, length)).filter((line) => kindOf(line) === 'call replay')
      expect(replayed.map(({ host, outcome }) => [host, outcome])).toEqual([[from, 'done']])
      expect((await stat(file())).mtimeMs).toBeGreaterThanOrEqual(Date.parse(replayed[0]?.at ?? ''))
      await expectWholeSet(from, newest)
      await everywhere(lab, 'rm dman/data/version-2/snapshot.2fffffff0', [from])
    } finally {
      writing.end()
    }
  })

  test('what its replay does not confirm gets no name, and nothing of it stays anywhere', async () => {
    const other = path.join(lab.folder, 'other.tar.gz')
    const isRefused = async (code: number, words: string) => {
      const tried = ended(await lab.run('backup', lab.inventory, '--out', other, '--hosts', 'zk2'), code)
      expect(tried.stderr).toContain(words)
      expect((await readdir(lab.folder)).filter((name) => /^(other|\.backup)/.test(name))).toEqual([])
      expect(await everywhere(lab, 'ls -d dman/tmp/* dman/run/changing.* 2>/dev/null || :')).toEqual(none())
    }
    // whole by its end mark, and garbled before it
    const garbled = 'dman/data/version-2/snapshot.2fffffff1'
    const writes = `{ head -c 3000 /dev/zero; printf '\\0\\0\\0\\1/'; } >${garbled}`
    const newest = await broken(shellOf(lab), 'zk2', writes, `rm ${garbled}`)
    await isRefused(1, 'ZooKeeper could not load it')
    await newest.mend()
    // a Java that tells of another end
    const java = 'cd dman/current/java/bin && chmod u+w . &&'
    const lies = `#!/bin/sh\necho the highest zxid is 0x5\nexec sleep 20`
    const replaced = `${java} mv java real && printf '${lies}\\n' >java && chmod 700 java`
    const lying = await broken(shellOf(lab), 'zk2', replaced, `${java} mv -f real java && chmod u-w .`)
    await isRefused(5, 'it reached 0x0000000000000005, and the backup ends at 0x')
    await lying.mend()
  })

  test('a file cut short, altered or not there is refused before any host is contacted', async () => {
    const was = await homes(lab)
    const { length } = await audit(lab)
    const other = path.join(lab.folder, 'other.tar.gz')
    await copyFile(file(), other)
    await truncate(other, (await stat(other)).size - 100)
    expect(ended(await lab.run('restore', lab.inventory, other, '--yes'), 5).stderr).toContain('cut short')
    const bytes = await readFile(file())
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
    await writeFile(other, bytes)
    ended(await lab.run('restore', lab.inventory, other, '--yes'), 5)
    ended(await lab.run('restore', lab.inventory, path.join(lab.folder, 'none'), '--yes'), 3)
    // unasked nothing is overwritten
    ended(await lab.run('restore', lab.inventory, file()), 3)
    ended(await lab.run('restore', lab.inventory, file(), '--dry-run'), 0)
    expect(await homes(lab)).toEqual(was)
    expect(await audit(lab, length)).toEqual([])
  })

  test('a file that this ZooKeeper cannot load is refused before anything is stopped or marked', async () => {
    const ran = await servers(lab)
    const manifest = await manifestOf()
    const folder = await mkdtemp(path.join(lab.folder, 'garbled-'))
    const files = manifest.files.map(({ name }) => ({ name, size: 3000, sha256: sha256(Buffer.alloc(3000, name)) }))
    for (const { name } of files) await writeFile(path.join(folder, name), Buffer.alloc(3000, name))
    const garbled = path.join(lab.folder, 'garbled.tar.gz')
    await writeBackup(garbled, { ...manifest, files }, folder)
    expect(ended(await lab.run('restore', lab.inventory, garbled, '--yes'), 1).stderr).toContain('could not load it')
    expect(await servers(lab)).toEqual(ran)
    expect(await everywhere(lab, 'ls -d dman/data/held dman/data/aside.* 2>/dev/null || :')).toEqual(none())
    expect((await statusOf(lab, 0)).healthy).toBe(true)
  })

  test('restored into the same ensemble: what was written since is gone, and a connected client goes on', async () => {
    const first = 5_000_000
    // further than the election after a restore would come by itself: a client refuses whoever knows less than it has seen
    await elected()
    await elected()
    const writing = writer(by, lab, at, first)
    try {
      await writing.more(50)
      const gone = [...writing.acknowledged]
      const { zxid, epochs } = await manifestOf()
      const ahead = epochOf((await statusOf(lab, 0)).members[0]?.zxid ?? '')
      expect(ahead).toBeGreaterThan(1 + Math.max(epochOf(zxid), epochs.accepted ?? 0))
      ended(await lab.run('restore', lab.inventory, file(), '--yes'), 0)
      await writing.more(50)
      await expectRestored()
      const last = writing.acknowledged.slice(-30)
      const have = await numbersAt(by, lab, 'zk1', at)
      expect(gone.filter((number) => have.has(number))).toEqual([])
      expectNoneLost(
        last.filter((number) => !have.has(number)),
        'written since',
      )
      const { healthy, members } = await statusOf(lab, 0)
      expect([healthy, await tls()]).toEqual([true, byTls()])
      const told = members.map(({ problems }) => butCron(lab, problems).join('; '))
      expect(told).toEqual(
        names().map(() => expect.stringMatching(/^former data is set aside in \S+: delete it/) as string),
      )
      expect(await marks()).toEqual(none())
    } finally {
      writing.end()
    }
  })

  test.each([
    ['restore-mark', 1, true],
    ['member', 1, true],
    ['restore-swap', 1, true],
    ['restore-swap', 3, true],
    ['restore-release', 1, false],
  ] as const)(
    'case 40: killed after %s came back %i times, it is finished by the next run',
    async (call, count, held) => {
      const { line } = await killAfter(lab, nth(`call ${call}`, count), () =>
        lab.start('restore', lab.inventory, file(), '--yes'),
      )
      expect(line).toBeDefined()
      if (held)
        for (const command of ['start', 'up'])
          expect(ended(await lab.run(command, lab.inventory), 5).stderr).toContain('run `restore` again')
      // the other hosts may have let go before the kill came
      const isLeft = Object.values(await marks()).some((mark) => mark.includes('held'))
      const { stderr } = ended(await lab.run('restore', lab.inventory, file(), '--yes'), 0)
      // of a run that replaces nothing, although it is told to restore, that is said
      expect(stderr.includes('this run only ends that one')).toBe(!held && isLeft)
      expect(await marks()).toEqual(none())
      expect((await statusOf(lab, 0)).healthy).toBe(true)
      await expectRestored()
    },
  )

  test('restored into a new ensemble, of another name and other ids, on empty hosts', async () => {
    await destroyAll(lab, 'before the new one')
    const other = await lab.edit((inventory) => {
      inventory.set('ensemble', 'other')
      inventory.setIn(['hosts', 'zk3', 'id'], 7)
    })
    // its trees belong to the password of the former one
    expect(ended(await lab.run('restore', other, file(), '--dry-run'), 0).stderr).toContain('another password of dman')
    const secretsOf = (ensemble: string) => path.join(lab.folder, '.dman', ensemble, 'secrets.json')
    await mkdir(path.dirname(secretsOf('other')), { recursive: true, mode: 0o700 })
    const manifest = await manifestOf()
    await copyFile(secretsOf(manifest.ensemble), secretsOf('other'))
    await chmod(secretsOf('other'), 0o600)
    ended(await lab.run('restore', other, file()), 0)
    await expectRestored()
    await expectNothingToDo(lab, 'after the restore', other)
    expect(await tls()).toEqual(byTls())
    const founding = JSON.parse(await readFile(path.join(lab.folder, '.dman/other/founding.json'), 'utf8')) as object
    expect(founding).toMatchObject({ state: 'done', hosts: names() })
    await writeFile(path.join(lab.folder, 'config', 'edited-later'), 'by who has its password')
    ended(await lab.run('up', other), 0)
    await expectNothingToDo(lab, 'after a tree was edited', other)
    ended(await lab.run('destroy', other, '--data', '--yes'), 0)
  })
})
