import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withLock } from '../../../src/hosts/lock.ts'
import { holder } from './build.ts'
import { lasting, lockOf, outcome, remoteOf, type Way, World } from './lock/world.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }))
afterEach(() => void vi.useRealTimers())

const nextOf = (delays: fc.Stream<number>): number => {
  const next = delays.next()
  return next.done === true ? 0 : next.value
}

describe('any runs at any time', () => {
  interface OneRun {
    begins: number
    works: number
    dies: number
    misses: number
    delays: fc.Stream<number>
    wait: number
  }
  const oneRun: fc.Arbitrary<OneRun> = fc.record({
    begins: fc.nat(20_000),
    works: fc.nat(30_000),
    dies: fc.option(fc.nat(40_000), { nil: Infinity }),
    misses: fc.option(fc.nat(4), { nil: -1 }),
    delays: fc.infiniteStream(fc.nat(400)),
    wait: fc.constantFrom(0, 5_000, 200_000),
  })

  it('case 24, case 25: never two at once, the dead are taken over, all is given back', async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(oneRun, { minLength: 2, maxLength: 3 }),
      everyRun,
    )
    await fc.assert(property, { numRuns: 60 })
  })

  async function everyRun(count: number, runs: readonly OneRun[]) {
    const hosts = Array.from({ length: count }, (_, index) => `zk${index + 1}`)
    const world = new World(hosts)
    const begun = Date.now()
    const inside = new Set<string>()
    const together: string[][] = []
    const ends = new Map<string, string | undefined>()
    runs.forEach((one, index) => void start(one, index))
    await vi.advanceTimersByTimeAsync(300_000)

    async function start({ begins, works, dies, misses, delays, wait }: OneRun, index: number) {
      const name = `run${index}`
      const isDead = () => Date.now() - begun >= dies
      const way: Way = { reaches: (host) => host !== `zk${misses + 1}`, delay: () => nextOf(delays), isDead }
      await lasting(begins)
      setTimeout(() => inside.delete(name), Math.max(0, dies - begins)).unref()
      const body = async () => {
        if (inside.size > 0) together.push([name, ...inside])
        if (!isDead()) inside.add(name)
        await lasting(works)
        if (isDead()) await new Promise(() => undefined)
        inside.delete(name)
      }
      ends.set(name, await outcome(run(world, name, body, wait, way)))
    }

    expect(together).toEqual([])
    runs.forEach(({ dies, wait, misses }, index) => {
      const end = ends.get(`run${index}`)
      if (dies === Infinity) expect(end).toMatch(/^(done|4|6)/)
      const hasMajority = misses < 0 || misses >= count || count - 1 > count / 2
      if (dies === Infinity && wait === 200_000 && hasMajority) expect(end).toBe('done')
      if (dies === Infinity) expect(world.heldBy(holder(`run${index}`))).toEqual([])
    })
  }
})

function run(world: World, name: string, body: () => Promise<void>, wait: number, way: Way): Promise<void> {
  const options = {
    hosts: world.hosts,
    members: [],
    wait,
    interrupted: new AbortController().signal,
    emit: () => undefined,
  }
  const self = holder(name)
  return withLock(world.hosts.map(remoteOf), self, options, body, lockOf(world, self, way))
}
