import { beforeAll, describe, expect, test } from 'vitest'
import { errors } from './faults-kit.ts'
import { watchMembers } from './killed-kit.ts'
import { withLab } from './lab/lab.ts'
import { releasesOf, repacked, take, taken } from './releases-kit.ts'
import { planOf } from './roll-watch.ts'
import { ended, onAll, servers, statusOf } from './up-look.ts'

describe('archives that verify, and with which no member comes to serve', () => {
  const lab = withLab()
  let good: { readonly java: string; readonly zookeeper: string }
  let old: string[]
  const confs = () => onAll(lab, 'sed -n "s/^conf: //p" dman/run/server; readlink dman/current; cat dman/run/served')

  beforeAll(async () => {
    good = { java: await taken(lab, 'java'), zookeeper: await taken(lab, 'zookeeper') }
    ended(await lab.run('up', lab.inventory), 0)
    // So that there is something older than the previous release.
    await lab.edit((inventory) => inventory.setIn(['zookeeper', 'heap'], '200m'), { name: 'inventory.yml' })
    ended(await lab.run('up', lab.inventory), 0)
    old = await onAll(lab, 'ls dman/releases')
  })

  test.each([
    ['ZooKeeper without one of its jars', 'zookeeper', 'rm lib/zookeeper-jute-*', /jute/],
    ['a Java that tells its version and lacks what a server needs', 'java', 'rm lib/libnio.so', /LinkageError/],
  ] as const)(
    'case 27: %s: the member goes back to what served last, the roll stops, the others are not touched',
    async (_, kind, command, words) => {
      const bad = await repacked(lab, good[kind], command)
      const [before, confsBefore] = [await servers(lab), await confs()]
      const { leader } = await statusOf(lab, 0)
      const first = lab.hosts.map(({ name }) => name).find((name) => name !== leader) ?? ''
      await take(lab, { [kind]: bad })

      const watching = watchMembers(lab)
      const result = await lab.run('up', lab.inventory)
      expect(await watching.end()).toBe(1)
      const [told, ...more] = errors(result, 1)
      expect(more).toEqual([])
      expect(told?.host).toBe(first)
      expect(told?.step).toMatch(/^restart the member with conf-[0-9a-f]{12}$/)
      expect(told?.got).toMatch(/^it did not come to serve.*, and runs conf-[0-9a-f]{12} again, which served last$/)
      expect(told?.got).toMatch(words)
      expect(told?.hint).toMatch(/the roll has stopped.*mend the inventory and run `up` again/)

      expect(await confs()).toEqual(confsBefore)
      const untouched = (all: readonly string[]) => all.filter((__, index) => lab.hosts[index]?.name !== first)
      expect(untouched(await servers(lab))).toEqual(untouched(before))
      expect((await statusOf(lab, 0)).healthy).toBe(true)
      // What it takes to go back is there, also what is older.
      const now = await onAll(lab, 'ls dman/releases')
      for (const [index, names] of old.entries()) expect(now[index]).toContain(names.split('\n')[0])
      expect(await releasesOf(lab)).toBe(
        kind === 'java' ? 'conf 3, java 2, zookeeper 1' : 'conf 3, java 1, zookeeper 2',
      )

      // The former archive again: nothing restarts, and what failed is removed.
      await take(lab, { [kind]: good[kind] })
      const { steps, changes } = await planOf(lab, 2)
      expect(steps).toEqual([])
      expect(new Set(changes.map((change) => change.kind))).toEqual(new Set(['remove-release']))
      ended(await lab.run('up', lab.inventory), 0)
      expect(await onAll(lab, 'ls dman/releases')).toEqual(old)
      expect(await planOf(lab, 0)).toMatchObject({ changes: [], steps: [] })
    },
  )
})
