import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Step } from '../../../../src/ensemble/plan/step.ts'
import { shape } from '../arbitrary.ts'
import { drive } from '../drive.ts'
import { runs } from '../runs.ts'
import { allRun, never, released, strict, tlsWorld } from '../tls-world.ts'
import type { World } from '../world.ts'

/** Their certificates have expired while they served. */
function expiredFor(sizes: { participants: number; observers: number }) {
  const made = tlsWorld(released(strict('a'), 500_000), sizes)
  made.world.pass(600_000)
  return made
}

/** What was done of a step when its run was killed. */
const firstOf = (step: Step, hosts: number): Step => {
  if (step.kind === 'stop') return { ...step, hosts: step.hosts.slice(0, hosts) }
  return step.kind === 'start' ? { ...step, turns: step.turns.slice(0, hosts) } : step
}

describe('certificates between members that have expired, over random ensembles', () => {
  it(
    'case 38: what expires soon is renewed by rolls; what has expired, with or without a quorum left, all at once',
    () =>
      fc.assert(
        fc.asyncProperty(shape, fc.constantFrom('soon', 'expired', 'lost', 'stopped'), async (sizes, how) => {
          const expires = how === 'soon' ? never : 500_000
          const { world, goalTo, last } = tlsWorld(released(strict('a'), expires), sizes)
          if (how !== 'soon') world.pass(600_000)
          if (how === 'lost' || how === 'stopped') for (const machine of world.machines) delete machine.server
          // Their supervisors start them again, and none takes the other.
          if (how === 'lost') world.pass(10_000)
          const { did, failures } = await drive(world, goalTo(strict('b')))
          expect(failures.map(({ message }) => message)).toEqual([])
          expect(allRun(world, last(strict('b')))).toBe(true)
          const restarts = did.filter(({ step }) => step.kind === 'restart').length
          const { length } = world.machines
          // an only member talks to nobody
          expect(restarts).toBe(how === 'soon' ? (length === 1 ? 1 : 3 * length) : 0)
        }),
        { numRuns: runs(60) },
      ),
    120_000,
  )

  it(
    'case 22: a run killed at any host of it: nobody comes back with what has expired, and the next run finishes',
    () =>
      fc.assert(
        fc.asyncProperty(shape, fc.nat(2), fc.nat(8), async (sizes, steps, hosts) => {
          const { world, goalTo, last } = expiredFor(sizes)
          const act = world.act.bind(world)
          let left = steps
          world.act = (step, goal) => {
            const isKilled = left-- <= 0
            if (isKilled && hosts > 0) act(firstOf(step, hosts), goal)
            world.lockLost = isKilled
            act(step, goal)
          }
          await drive(world, goalTo(strict('b')))
          Object.assign(world, { act, lockLost: false })
          const down = world.machines.filter(({ server }) => server === undefined)
          world.pass(10_000)
          expect(down.filter(({ server }) => server !== undefined && server.conf !== last(strict('b')))).toEqual([])
          const { failures } = await drive(world, goalTo(strict('b')))
          expect(failures.map(({ message }) => message)).toEqual([])
          expect(allRun(world, last(strict('b')))).toBe(true)
        }),
        { numRuns: runs(60) },
      ),
    120_000,
  )

  it('case 23: Ctrl-C while all are stopped for new certificates lets them start', async () => {
    const { world, goalTo, last } = tlsWorld(released(strict('a'), 500_000), { participants: 3, observers: 0 })
    world.pass(600_000)
    const act = world.act.bind(world)
    const stop = new AbortController()
    world.act = (step, goal) => {
      act(step, goal)
      if (step.kind === 'stop') stop.abort()
    }
    const outcome = await drive(world, goalTo(strict('b')), { interrupted: stop })
    expect(outcome.did.map(({ step }) => step.kind).slice(0, 2)).toEqual(['stop', 'start'])
    expect(allRun(world, last(strict('b')))).toBe(true)
    expect(outcome.failures).toEqual([])
  })

  describe('case 38: what has expired, while a host is out of reach', () => {
    const expired = (isServing: boolean) => {
      const made = tlsWorld(released(strict('a'), 500_000), { participants: 3, observers: 0 })
      made.world.pass(600_000)
      if (!isServing) for (const machine of made.world.machines) delete machine.server
      const away = made.world.machines[2]
      if (away !== undefined) away.reachable = false
      return made
    }
    const running = ({ machines }: World) => machines.map(({ server }) => server?.conf)

    it('those that serve are left alone, exit 4', async () => {
      const { world, goalTo } = expired(true)
      const { did, failures } = await drive(world, goalTo(strict('b')))
      expect(did).toEqual([])
      expect(failures.map(({ host, exit }) => [host, exit])).toEqual([['zk3', 4]])
    })

    it('where nobody serves, the others come back with new ones', async () => {
      const { world, goalTo, last } = expired(false)
      const { failures } = await drive(world, goalTo(strict('b')))
      expect(running(world).slice(0, 2)).toEqual([last(strict('b')), last(strict('b'))])
      expect(world.machines.slice(0, 2).every((machine) => world.serves(machine))).toBe(true)
      expect(failures.map(({ host, exit }) => [host, exit])).toEqual([['zk3', 4]])
    })
  })

  it('case 38: restart and repair take nobody down that could not come back; an only member talks to nobody', async () => {
    const expired = (participants: number) => {
      const { world } = tlsWorld(released(strict('a'), 500_000), { participants, observers: 0 })
      world.pass(600_000)
      return world
    }
    const world = expired(3)
    for (const goal of [world.restartGoal(), { ...world.restartGoal({ restart: new Map() }), rejoin: 'zk1' }]) {
      const { did, failures } = await drive(world, goal)
      expect(did).toEqual([])
      expect(failures).toMatchObject([{ exit: 5, hint: expect.stringContaining('`up`') as string }])
    }
    const only = expired(1)
    expect((await drive(only, only.restartGoal({ mayStopService: true }))).failures).toEqual([])
  })
})
