import { beforeAll, describe, expect, test } from 'vitest'
import { type Kazoo, kazoo } from './kazoo.ts'
import { withLab } from './lab/lab.ts'
import { type LabArchives, labArchives, releasesOf, take } from './releases-kit.ts'
import { rolled } from './roll-watch.ts'
import { ended, statusOf } from './up-look.ts'
import { underWriter } from './writer.ts'

describe('other versions, by naming other archives, under a writer that loses nothing', () => {
  const lab = withLab()
  let archives: LabArchives
  let reader: Kazoo | { why: string }
  const versions = async () => (await statusOf(lab, 0)).members.map(({ version }) => version)
  const javas = async () =>
    (await lab.exec('zk2', "cd dman/current/java/ && sed -n 's/^JAVA_VERSION=//p' release && ls")).stdout.split('\n')

  /** A roll to these archives: what is uploaded for it, and what is removed, on each host alike. */
  async function to(files: Parameters<typeof take>[1]) {
    await take(lab, files)
    const { changes, events, restarts } = await rolled(lab)
    const kindOf = (summary: string) => /(java|zookeeper|conf)-[0-9a-f]{12}/.exec(summary)?.[1] ?? ''
    const of = (kind: string) =>
      changes.filter((change) => change.kind === kind && change.host === 'zk1').map(({ summary }) => kindOf(summary))
    const calls = events.filter(({ is }) => is === 'call')
    const removed = of('remove-release')
    if (removed.length > 0) {
      const last = calls.findLastIndex(({ script }) => script === 'member')
      const sweeps = calls.flatMap(({ script }, index) => (script === 'sweep' ? [index] : []))
      expect(sweeps.length).toBeGreaterThan(0)
      expect(sweeps.every((index) => index > last)).toBe(true)
    }
    expect(calls.filter(({ script }) => script === 'unpack')).toHaveLength(3 * of('unpack').length)
    return {
      uploaded: of('unpack').join(),
      removed: removed.sort().join(),
      reasons: restarts.map(({ reason }) => reason),
    }
  }

  const written = async (body: () => Promise<void>) => {
    if ('why' in reader) return body()
    await underWriter(lab, reader, 'releases', body)
  }

  beforeAll(async () => {
    ;[archives, reader] = await Promise.all([labArchives(), kazoo('3', '2.11.0')])
    await take(lab, { zookeeper: archives.zookeeper[0]?.file })
    ended(await lab.run('up', lab.inventory), 0)
  })

  test('ZooKeeper: back to an older version and on to the newer one again, then without an upload', async (context) => {
    const [newer, older] = archives.zookeeper
    if (newer === undefined || older === undefined)
      return context.skip('one version only: Maven Central cannot be reached')
    await written(async () => {
      const down = await to({ zookeeper: older.file })
      expect(down).toMatchObject({ uploaded: 'zookeeper', removed: '' })
      for (const reason of down.reasons) expect(reason).toMatch(/zookeeper/)
      expect(await versions()).toEqual([older.version, older.version, older.version])
      expect(await releasesOf(lab)).toBe('conf 2, java 1, zookeeper 2')

      expect(await to({ zookeeper: newer.file })).toMatchObject({ uploaded: '', removed: '' })
      expect(await versions()).toEqual([newer.version, newer.version, newer.version])
      expect(await releasesOf(lab)).toBe('conf 2, java 1, zookeeper 2')
    })
    context.skip('why' in reader, 'why' in reader ? reader.why : '')
  })

  test('ZooKeeper: one that lost its data takes a whole snapshot from a leader of the other version, older and newer', async (context) => {
    const [newer, older] = archives.zookeeper
    if (newer === undefined || older === undefined)
      return context.skip('one version only: Maven Central cannot be reached')
    await written(async () => {
      for (const { file, version } of [older, newer]) {
        const { leader, members } = await statusOf(lab, 0)
        const one = members.map(({ host }) => host).find((host) => host !== leader) ?? ''
        await take(lab, { zookeeper: file })
        ended(await lab.run('up', lab.inventory, '--hosts', one), 0)
        ended(await lab.run('repair', lab.inventory, one, '--yes'), 0)
        const now = await statusOf(lab, 0)
        expect(now.leader).toBe(leader)
        expect(now.members.filter((member) => member.version === version).map(({ host }) => host)).toEqual([one])
        const { stdout } = await lab.exec(one, 'cat dman/log/zookeeper.log')
        expect(stdout).toContain('Getting a snapshot from leader')
        ended(await lab.run('up', lab.inventory), 0)
        expect(await versions()).toEqual([version, version, version])
      }
    })
    context.skip('why' in reader, 'why' in reader ? reader.why : '')
  })

  test('Java: to a whole JDK and back; what is older than the previous release goes once all serve', async (context) => {
    const had = archives.zookeeper.length > 1 ? 'conf,zookeeper' : ''
    await written(async () => {
      const there = await to({ java: archives.jdk })
      expect(there).toMatchObject({ uploaded: 'java', removed: had })
      for (const reason of there.reasons) expect(reason).toMatch(/java/)
      expect(await releasesOf(lab)).toBe('conf 2, java 2, zookeeper 1')
      expect(await javas()).toEqual(expect.arrayContaining(['bin', 'conf', 'include', 'jmods', 'legal', 'lib', 'man']))

      expect(await to({ java: archives.jre })).toMatchObject({ uploaded: '', removed: '' })
      expect(await releasesOf(lab)).toBe('conf 2, java 2, zookeeper 1')
      expect(await javas()).not.toContain('jmods')
    })
    context.skip('why' in reader, 'why' in reader ? reader.why : '')
  })
})
