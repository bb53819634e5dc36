import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { kazoo, readBy } from './kazoo.ts'
import { withLab } from './lab/lab.ts'
import { auditOf, ended, homes, onAll, server, servers, states, statusOf } from './up-look.ts'

describe('stop, start and destroy', () => {
  const lab = withLab()
  const tree = async () => {
    const reader = await kazoo('3', '2.11.0')
    return 'why' in reader ? reader.why : [...(await readBy(reader, server(lab), '/dman'))]
  }
  const founding = async () =>
    JSON.parse(await readFile(path.join(lab.folder, '.dman', lab.name, 'founding.json'), 'utf8')) as {
      id: string
      state: string
    }
  const seen: { bare: string[]; tree: unknown } = { bare: [], tree: undefined }

  beforeAll(async () => {
    seen.bare = await onAll(lab, 'find . -printf "%p %m %s\\n" | sort')
    ended(await lab.run('up', lab.inventory), 0)
    seen.tree = await tree()
  })

  test('their dry runs say what would be done and do nothing', async () => {
    const look = async () => [await homes(lab), await servers(lab), await auditOf(lab)]
    const before = await look()
    const stop = ended(await lab.run('stop', lab.inventory, '--dry-run'), 0).stdout
    expect(stop).toMatch(/1\. stop zk\d, zk\d {2}\(the leader stops last\)\n +2\. stop zk\d/)
    expect(ended(await lab.run('start', lab.inventory, '--dry-run'), 0).stdout).toMatch(/nothing to do/)
    expect(ended(await lab.run('destroy', lab.inventory, '--dry-run'), 0).stdout).toMatch(/remove ~\/dman but its data/)
    const all = ended(await lab.run('destroy', lab.inventory, '--dry-run', '--data'), 0).stdout
    expect(all).toMatch(/zk1, zk2, zk3\n.*remove ~\/dman and its data/)
    expect(await look()).toEqual(before)
  })

  test('stop: no process is left, data untouched; stopped again it changes nothing', async () => {
    const before = await homes(lab, '~/dman/releases')
    const stop = ended(await lab.run('stop', lab.inventory), 0)
    expect(stop.stdout).toMatch(/no quorum, 0 of 3 members serve/)
    expect(states(await statusOf(lab, 1))).toEqual(['zk1 down', 'zk2 down', 'zk3 down'])
    expect(await onAll(lab, 'pgrep -f "dman.nonce.*$PWD/dman/" || :')).toEqual(['', '', ''])
    const stopped = await homes(lab)
    ended(await lab.run('stop', lab.inventory), 0)
    expect(await homes(lab)).toEqual(stopped)
    expect(await homes(lab, '~/dman/releases')).toEqual(before)
  })

  test('start: the members serve what they had; started again it changes nothing', async () => {
    ended(await lab.run('start', lab.inventory), 0)
    expect(await statusOf(lab, 0)).toMatchObject({ healthy: true })
    expect(await tree()).toEqual(seen.tree)
    const before = await servers(lab)
    ended(await lab.run('start', lab.inventory), 0)
    expect(await servers(lab)).toEqual(before)
    expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')
  })

  test('destroy asks: exit 3 where nobody can answer, and nothing is changed', async () => {
    const before = [await homes(lab), await servers(lab)]
    const refused = ended(await lab.run('destroy', lab.inventory), 3)
    expect(refused.stderr).toMatch(/no terminal to ask on: This removes ~\/dman, data kept, on zk1, zk2, zk3\./)
    expect([await homes(lab), await servers(lab)]).toEqual(before)
  })

  test('destroy keeps the data, and up goes on with it: the same tree, to the version', async () => {
    ended(await lab.run('destroy', lab.inventory, '--yes'), 0)
    const left = await onAll(lab, 'find dman -maxdepth 1 | sort')
    expect(left).toEqual(Array.from({ length: 3 }, () => 'dman\ndman/data\n'))
    expect(await founding()).toMatchObject({ state: 'done' })
    ended(await lab.run('up', lab.inventory), 0)
    expect(await tree()).toEqual(seen.tree)
    expect((await statusOf(lab, 0)).trees).toMatchObject([{ generation: 1 }])
  })

  test('destroy --data: the homes are as they were, the founding is over; up founds anew', async () => {
    const old = await founding()
    ended(await lab.run('destroy', lab.inventory, '--data', '--yes'), 0)
    expect(await onAll(lab, 'find . -printf "%p %m %s\\n" | sort')).toEqual(seen.bare)
    expect(await founding()).toMatchObject({ state: 'ended' })
    expect(ended(await lab.run('destroy', lab.inventory, '--data'), 0).stdout).toMatch(/nothing of ours is there/)
    const up = ended(await lab.run('up', lab.inventory), 0)
    expect(up.stdout).toMatch(/healthy, 3 of 3/)
    const now = await founding()
    expect([now.state, now.id === old.id]).toEqual(['done', false])
  })
})
