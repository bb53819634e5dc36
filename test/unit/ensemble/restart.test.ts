import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Goal } from '../../../src/ensemble/desired.ts'
import { foresee } from '../../../src/ensemble/plan/foresee.ts'
import { hostsOf, type Step } from '../../../src/ensemble/plan/step.ts'
import { exitOf } from '../../../src/model/failure.ts'
import { oldConf } from '../build.ts'
import { mishap, running, shape, shown } from './arbitrary.ts'
import { drive } from './drive.ts'
import type { Mishap } from './machine.ts'
import { runs } from './runs.ts'
import { World } from './world.ts'

const allServe = (world: World, conf: string) =>
  world.machines.every((machine) => world.serves(machine) && machine.server?.conf === conf)
/** ms: the machine may be busy with other tests */
const patience = 120_000

describe('restart, over random ensembles', () => {
  const nonces = (world: World) => world.machines.map(({ server }) => server?.nonce)

  it(
    'replaces every server once, the leader of before last, one at a time, and says how long writes were impossible',
    () =>
      fc.assert(
        fc.asyncProperty(shape, async (sizes) => {
          const world = new World(sizes).stand()
          const { leader } = world
          const before = nonces(world)
          const goal = world.restartGoal({ mayStopService: sizes.participants <= 2 })
          const expected = foresee(goal, world.observe())
          const { did, failures, pauses } = await drive(world, goal)
          expect(failures).toEqual([])
          const restarted = did.filter(({ step }) => step.kind === 'restart').flatMap(({ step }) => hostsOf(step))
          expect(shown(did.map(({ step }) => step))).toEqual(shown(expected.map(({ step }) => step)))
          expect([...restarted].sort()).toEqual(world.machines.map(({ host }) => host).sort())
          expect(restarted.at(-1)).toBe(leader)
          expect(nonces(world).filter((nonce) => before.includes(nonce))).toEqual([])
          expect(allServe(world, oldConf)).toBe(true)
          expect(world.harms).toEqual([])
          // Of two both, of others the leader alone.
          expect(pauses.map(({ host }) => host)).toEqual(sizes.participants === 2 ? restarted.slice(-2) : [leader])
          for (const { atMost } of pauses) expect(atMost).toBeGreaterThan(0)
        }),
        { numRuns: runs(40) },
      ),
    patience,
  )

  it(
    'case 22, 26: whatever fails meanwhile, no step does harm, and a next one ends healthy',
    () =>
      fc.assert(
        fc.asyncProperty(shape, running, fc.array(mishap(40_000), { maxLength: 10 }), async (sizes, up, mishaps) => {
          fc.pre(sizes.participants > 2)
          const world = new World({ ...sizes, mishaps }).stand(up)
          await drive(world, world.restartGoal())
          world.calm()
          const { failures } = await drive(world, world.restartGoal())
          expect(failures).toEqual([])
          expect(allServe(world, oldConf)).toBe(true)
          expect(world.harms).toEqual([])
        }),
        { numRuns: runs(80) },
      ),
    patience,
  )

  it('starts what does not serve first, and takes nothing down while that does not', async () => {
    const world = new World({ participants: 3, observers: 0 }).stand([false])
    const { did } = await drive(world, world.restartGoal())
    expect(shown(did.map(({ step }) => step))[0]).toBe('start zk1')
    const broken = new World({
      participants: 3,
      observers: 0,
      behaves: (host) => (host === 'zk1' ? 'ends' : 'serves'),
    }).stand([false])
    const { did: done, failures } = await drive(broken, broken.restartGoal())
    expect(shown(done.map(({ step }) => step))).toEqual(['start zk1'])
    expect(failures.map(({ host }) => host)).toEqual(['zk1'])
  })

  it('ends a server that hangs, where the others serve without it, and restarts them then', async () => {
    const mishaps: Mishap[] = [{ at: 0, what: 'freeze', host: 0 }]
    const world = new World({ participants: 3, observers: 0, mishaps }).stand()
    const { did, failures } = await drive(world, world.restartGoal())
    expect(failures).toEqual([])
    expect(shown(did.map(({ step }) => step)).filter((words) => !words.startsWith('record'))).toEqual([
      'start zk1',
      'restart zk2',
      'restart zk3',
    ])
    expect(world.harms).toEqual([])
  })

  const steps = (did: readonly { step: Step }[]) => shown(did.map(({ step }) => step))

  it('a member that hangs amid it is ended and started, and the roll stops there', async () => {
    const mishaps: Mishap[] = [{ at: 300, what: 'freeze', host: 2 }]
    const world = new World({ participants: 3, observers: 0, mishaps }).stand()
    const { did, failures } = await drive(world, world.restartGoal())
    expect(steps(did)).toEqual(['restart zk1', 'start zk3'])
    expect(failures.map(({ host, exit }) => [host, exit])).toEqual([['zk3', 1]])
    expect(failures[0]?.hint).toContain('the roll has stopped')
    expect(allServe(world, oldConf)).toBe(true)
    expect(world.harms).toEqual([])
  })

  it('a member that hangs amid it stops it only where another is left to restart', async () => {
    const ends = new Set<boolean>()
    for (let at = 100; at < 6_000; at += 200) {
      const world = new World({ participants: 3, observers: 0, mishaps: [{ at, what: 'freeze', host: 2 }] }).stand()
      const goal = world.restartGoal()
      const { failures } = await drive(world, goal)
      const isOver = world.machines.every(({ host, server }) => server?.nonce !== goal.restart?.get(host))
      const hasStopped = failures.some(({ hint }) => hint.includes('the roll has stopped'))
      expect(hasStopped && isOver).toBe(false)
      ends.add(hasStopped)
    }
    expect(ends).toEqual(new Set([true, false]))
  })

  it.each<Mishap[][]>([
    [[{ at: 300, what: 'cut', host: 0 }]],
    [
      [
        { at: 0, what: 'lose-reply' },
        { at: 300, what: 'cut', host: 0 },
      ],
    ],
  ])('case 1, 6: a host that is cut off amid it: the roll stops, and says without whom: %j', async (mishaps) => {
    const world = new World({ participants: 3, observers: 0, mishaps }).stand()
    const { did, failures } = await drive(world, world.restartGoal())
    expect(steps(did)).toEqual(['restart zk1'])
    expect(failures.map(({ host, step, exit }) => [host, step, exit])).toEqual([['zk1', 'restart the member', 4]])
    expect(failures[0]?.got).toMatch(/; the roll has stopped, without zk2 and zk3$/)
    expect(world.harms).toEqual([])
  })

  it('case 23: Ctrl-C says how the rest is restarted, for the command begins anew', async () => {
    const world = new World({ participants: 3, observers: 0 }).stand()
    const { failures } = await drive(world, world.restartGoal(), { interruptAt: 100 })
    expect(failures.map(({ exit, hint }) => [exit, hint])).toEqual([
      [130, 'restart with --hosts zk2,zk3 does the rest'],
    ])
  })

  it('founds nothing', async () => {
    const world = new World({ participants: 3, observers: 0 })
    const { failures, did } = await drive(world, world.restartGoal())
    expect([did, exitOf(failures)]).toEqual([[], 5])
  })
})

describe('repair of one member, over random ensembles', () => {
  const goal = (world: World, host: string): Goal => {
    return { ...world.restartGoal({ restart: new Map() }), rejoin: host, only: new Set([host]) }
  }

  it(
    'brings it back from the others, which are not touched; again it does it again',
    () =>
      fc.assert(
        fc.asyncProperty(shape, fc.nat(), fc.boolean(), async (sizes, which, runs) => {
          fc.pre(sizes.participants > 2)
          const all = sizes.participants + sizes.observers
          const host = `zk${(which % all) + 1}`
          const world = new World(sizes).stand(Array.from({ length: all }, (_, at) => `zk${at + 1}` !== host || runs))
          const others = () => world.machines.filter((each) => each.host !== host).map(({ server }) => server?.nonce)
          const before = others()
          for (let times = 0; times < 2; times += 1) {
            const expected = foresee(goal(world, host), world.observe())
            const { did, failures } = await drive(world, goal(world, host))
            expect(failures).toEqual([])
            expect(shown(did.map(({ step }) => step))).toEqual(shown(expected.map(({ step }) => step)))
            expect(shown(did.map(({ step }) => step))).toEqual([`rejoin ${host}`])
          }
          expect(others()).toEqual(before)
          expect(allServe(world, oldConf)).toBe(true)
          expect(world.harms).toEqual([])
        }),
        { numRuns: runs(40) },
      ),
    patience,
  )

  it(
    'case 22: whatever fails meanwhile, nothing acknowledged is lost, and the next run finishes',
    () =>
      fc.assert(
        fc.asyncProperty(shape, fc.nat(), running, fc.array(mishap(30_000), { maxLength: 8 }), async (...given) => {
          const [sizes, which, up, mishaps] = given
          fc.pre(sizes.participants > 2)
          const host = `zk${(which % (sizes.participants + sizes.observers)) + 1}`
          const world = new World({ ...sizes, mishaps }).stand(up)
          await drive(world, goal(world, host))
          world.calm()
          const { failures } = await drive(world, world.goal(oldConf))
          expect(failures).toEqual([])
          expect(allServe(world, oldConf)).toBe(true)
          expect(world.harms).toEqual([])
        }),
        { numRuns: runs(100) },
      ),
    patience,
  )
})
