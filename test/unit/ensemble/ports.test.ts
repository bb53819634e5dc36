import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foresee, stopsService } from '../../../src/ensemble/plan/foresee.ts'
import { exitOf } from '../../../src/model/failure.ts'
import type { Role } from '../../../src/model/names.ts'
import { newConf, oldConf, ports } from '../build.ts'
import { half, mishap, running, shown } from './arbitrary.ts'
import { drive } from './drive.ts'
import type { Mishap } from './machine.ts'
import { runs } from './runs.ts'
import { World } from './world.ts'

const sizes = fc.record({ participants: fc.integer({ min: 2, max: 5 }), observers: fc.integer({ min: 0, max: 2 }) })
/** ports that nobody has open for anything else, some as they are */
const changes = fc.array(fc.record({ client: fc.boolean(), peer: fc.boolean(), election: fc.boolean() }), {
  minLength: 1,
  maxLength: 3,
})
type Change = typeof changes extends fc.Arbitrary<(infer C)[]> ? C : never

const move = (world: World, change: Change) => {
  const next = (name: keyof Change) => world.ports[name] + (change[name] ? 100 : 0)
  world.ports = { client: next('client'), peer: next('peer'), election: next('election') }
}
const goal = (world: World, conf: string) => world.goal(conf, { mayStopService: true })
const settled = (world: World, conf: string) =>
  world.machines.every((machine) =>
    machine.role === 'absent' ? machine.server === undefined : world.serves(machine) && machine.server?.conf === conf,
  )
const late = (horizon: number): fc.Arbitrary<Mishap> =>
  fc.record({
    at: fc.integer({ min: 0, max: horizon }),
    what: fc.constant('delay' as const),
    by: fc.integer({ min: 0, max: 20_000 }),
  })
/** Whoever is the only participant keeps its peer port: so two always stay. */
const roles = fc.array(fc.constantFrom<Role>('participant', 'participant', 'observer', 'absent'), {
  minLength: 9,
  maxLength: 9,
})
const wish = (world: World, others: readonly Role[]) => world.want(['participant', 'participant', ...others])
const patience = 120_000

describe('changed ports, over random ensembles', () => {
  it(
    'each member moves once, in its running process, the leader last, by the steps that were foreseen; and that is all',
    () =>
      fc.assert(
        fc.asyncProperty(sizes, changes, async (size, all) => {
          const world = new World(size).stand()
          const nonces = () => world.machines.map(({ server }) => server?.nonce)
          const before = nonces()
          for (const change of all) {
            const { lines, leader } = world
            move(world, change)
            const expected = foresee(goal(world, oldConf), world.observe())
            const { did, failures } = await drive(world, goal(world, oldConf))
            expect(failures).toEqual([])
            const steps = shown(did.map(({ step }) => step))
            expect(steps).toEqual(shown(expected.map(({ step }) => step)))
            const moved =
              lines.join() === world.wished.join() ? [] : world.machines.map(({ host }) => `reconfig ${host}`)
            expect([...steps].sort()).toEqual(moved)
            if (moved.length > 0) expect(steps.at(-1)).toBe(`reconfig ${leader ?? ''}`)
            expect(world.lines).toEqual(world.wished)
          }
          expect(nonces()).toEqual(before)
          expect((await drive(world, goal(world, oldConf))).did).toEqual([])
          expect(world.harms).toEqual([])
        }),
        { numRuns: runs(60) },
      ),
    patience,
  )

  it(
    'case 22: with settings, roles and joiners, members down and whatever else fails, no step does harm, and the next run finishes',
    () =>
      fc.assert(
        fc.asyncProperty(
          sizes,
          running,
          changes,
          fc.array(fc.oneof({ weight: 6, arbitrary: mishap(30_000) }, late(30_000), half(30_000)), { maxLength: 8 }),
          fc.boolean(),
          fc.option(roles),
          async (size, up, all, mishaps, supervised, others) => {
            const world = new World({ ...size, spares: 2, supervised, mishaps }).stand(up)
            for (const change of all) {
              move(world, change)
              if (others !== null) wish(world, others)
              world.lockLost = false
              await drive(world, goal(world, newConf))
            }
            world.calm()
            const { failures } = await drive(world, goal(world, newConf))
            expect(failures.map(({ message }) => message)).toEqual([])
            expect(world.lines).toEqual(world.wished)
            expect(settled(world, newConf)).toBe(true)
            expect(world.harms).toEqual([])
          },
        ),
        { numRuns: runs(150) },
      ),
    patience,
  )
})

describe('changed ports, told', () => {
  it('asks before the leader of two moves; one of three hands over at once', () => {
    const stops = (participants: number, what: { client: boolean; peer: boolean; election: boolean }) => {
      const world = new World({ participants, observers: 0 }).stand()
      move(world, what)
      return stopsService(goal(world, oldConf), world.observe())
    }
    expect(stops(2, { client: false, peer: true, election: false })).toBe(true)
    expect(stops(2, { client: true, peer: false, election: true })).toBe(false)
    expect(stops(3, { client: true, peer: true, election: true })).toBe(false)
  })

  it('does not move the leader of two where nobody was asked, and then moves nobody but the other', async () => {
    const world = new World({ participants: 2, observers: 0 }).stand()
    const { leader } = world
    move(world, { client: false, peer: true, election: false })
    const { did, failures } = await drive(world, world.goal(oldConf))
    expect(failures.map(({ host, exit, hint }) => [host, exit, hint.includes('--yes')])).toEqual([[leader, 5, true]])
    expect(shown(did.map(({ step }) => step))).not.toContain(`reconfig ${leader ?? ''}`)
    const yes = await drive(world, goal(world, oldConf))
    expect([yes.failures, shown(yes.did.map(({ step }) => step))]).toEqual([[], [`reconfig ${leader ?? ''}`]])
    expect(world.lines).toEqual(world.wished)
    expect(world.harms).toEqual([])
  })

  it('another role waits until a member that is restarted and moves serves again', async () => {
    const world = new World({ participants: 3, observers: 1 }).stand()
    move(world, { client: true, peer: false, election: false })
    wish(world, ['participant', 'participant'])
    const { did, failures } = await drive(world, goal(world, newConf))
    expect(failures).toEqual([])
    const lines = did.flatMap(({ step }) => (step.kind === 'reconfig' ? step.change.joining : []))
    expect(lines.flatMap(({ id, role, client }) => (id === 4 ? [`${role} ${client?.port ?? ''}`] : []))).toEqual([
      `observer ${ports.client + 100}`,
      `participant ${ports.client + 100}`,
    ])
    expect(world.harms).toEqual([])
  })

  it('case 22: a leaver is started where nobody serves and one of those that stay knows of no vote of its own yet', async () => {
    const leaverDies: Mishap = { at: 71, what: 'kill', host: 3 }
    const world = new World({ participants: 4, observers: 0, mishaps: [leaverDies] }).stand([false])
    move(world, { client: false, peer: true, election: false })
    wish(world, ['participant', 'absent'])
    const { failures } = await drive(world, goal(world, newConf))
    expect(failures).toEqual([])
    expect(world.acts.some((step) => step.kind === 'start' && step.turns.some(({ host }) => host === 'zk4'))).toBe(true)
    expect(world.lines).toEqual(world.wished)
    expect(world.harms).toEqual([])
  })

  it('the only participant may get another port for clients and elections, not for peers', async () => {
    const world = new World({ participants: 1, observers: 0 }).stand()
    move(world, { client: true, peer: false, election: true })
    expect((await drive(world, goal(world, oldConf))).failures).toEqual([])
    move(world, { client: false, peer: true, election: false })
    expect(exitOf((await drive(world, goal(world, oldConf))).failures)).toBe(5)
    expect(world.harms).toEqual([])
  })

  it('a port that members have open for something else is refused, once, with the way to it', async () => {
    for (const next of [
      { ...ports, client: ports.election, election: 4000 },
      { ...ports, peer: ports.election, election: ports.peer },
      { ...ports, client: 4000, metrics: ports.client },
      { ...ports, client: 4000, secure: ports.client },
    ]) {
      const world = new World({ participants: 3, observers: 0 }).stand()
      world.ports = next
      const { did, failures } = await drive(world, goal(world, oldConf))
      expect([did, failures.map(({ exit }) => exit)]).toEqual([[], [5]])
      expect(failures[0]?.hint).toContain('first give them ports that no member has open')
    }
  })
})
