import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foresee } from '../../../src/ensemble/plan/foresee.ts'
import { hostsOf, type Step } from '../../../src/ensemble/plan/step.ts'
import { exitOf } from '../../../src/model/failure.ts'
import type { Role } from '../../../src/model/names.ts'
import { newConf, oldConf } from '../build.ts'
import { drive } from './drive.ts'
import type { Mishap } from './machine.ts'
import { runs } from './runs.ts'
import { World } from './world.ts'

const sizes = fc.record({
  participants: fc.integer({ min: 1, max: 5 }),
  observers: fc.integer({ min: 0, max: 2 }),
  spares: fc.integer({ min: 0, max: 4 }),
})
const most = 11
const roles: fc.Arbitrary<Role[]> = fc.array(
  fc.constantFrom<Role>('participant', 'participant', 'observer', 'absent'),
  { minLength: most, maxLength: most },
)
const votes = (world: World) => world.machines.filter(({ role }) => role === 'participant').length

/** Somebody votes, and nobody that never came is asked to observe an ensemble of nobody. */
const asked = (world: World, wish: readonly Role[]) => {
  world.want(wish)
  if (votes(world) === 0) world.want(['participant'])
}
const settled = (world: World, conf = newConf) =>
  world.machines.every((machine) =>
    machine.role === 'absent' ? machine.server === undefined : world.serves(machine) && machine.server?.conf === conf,
  )
const shown = (steps: readonly Step[]) => steps.map((step) => `${step.kind} ${hostsOf(step).join()}`)
const goal = (world: World, more: Parameters<World['goal']>[1] = {}) =>
  world.goal(newConf, { mayStopService: true, ...more })
const patience = 120_000

const mishap = (horizon: number): fc.Arbitrary<Mishap> => {
  const at = fc.integer({ min: 0, max: horizon })
  const host = fc.nat({ max: most - 1 })
  const what = fc.constantFrom('kill' as const, 'freeze' as const, 'thaw' as const, 'cut' as const, 'heal' as const)
  const power = fc.constantFrom('power-off' as const, 'power-on' as const)
  return fc.oneof(
    fc.record({ at, host, what }),
    fc.record({ at, host, what: power }),
    fc.record({ at, what: fc.constant('lose-reply' as const) }),
    fc.record({ at, what: fc.constant('delay' as const), by: fc.integer({ min: 0, max: 20_000 }) }),
    fc.record({ at, what: fc.constant('lose-lock' as const) }),
    fc.record({
      at,
      what: fc.constant('half' as const),
      after: fc.constantFrom('stamp' as const, 'found' as const, 'stop' as const, 'switch' as const),
    }),
  )
}

describe('membership, over random ensembles', () => {
  it(
    'comes to be what the inventory lists, by the steps that were foreseen, never without a majority; and is then done',
    () =>
      fc.assert(
        fc.asyncProperty(sizes, fc.array(roles, { minLength: 1, maxLength: 4 }), async (size, wishes) => {
          const world = new World(size).stand()
          for (const wish of wishes) {
            asked(world, wish)
            const expected = foresee(goal(world), world.observe())
            world.acts.length = 0
            const { did, failures } = await drive(world, goal(world))
            expect(failures).toEqual([])
            expect(shown(did.map(({ step }) => step))).toEqual(shown(expected.map(({ step }) => step)))
            expect(world.lines).toEqual(world.wished)
            expect(settled(world)).toBe(true)
            const again = await drive(world, goal(world))
            expect([again.did, again.failures]).toEqual([[], []])
          }
          expect(world.harms).toEqual([])
        }),
        { numRuns: runs(60) },
      ),
    patience,
  )

  it(
    'case 22: whatever fails or is lost meanwhile, no step of ours does harm, it ends, and once all is mended the next run finishes',
    () =>
      fc.assert(
        fc.asyncProperty(
          sizes,
          fc.array(roles, { minLength: 1, maxLength: 3 }),
          fc.array(mishap(30_000), { maxLength: 8 }),
          async (size, wishes, mishaps) => {
            const world = new World({ ...size, mishaps }).stand()
            for (const wish of wishes) {
              asked(world, wish)
              world.lockLost = false
              await drive(world, goal(world))
            }
            world.calm()
            const { failures } = await drive(world, goal(world))
            expect(failures.map(({ message }) => message)).toEqual([])
            expect(world.lines).toEqual(world.wished)
            expect(settled(world)).toBe(true)
            expect(world.harms).toEqual([])
          },
        ),
        { numRuns: runs(150) },
      ),
    patience,
  )

  it(
    'case 1: with a host out of reach that is to stay nobody joins or leaves',
    () =>
      fc.assert(
        fc.asyncProperty(sizes, roles, fc.nat(), async (size, wish, which) => {
          const world = new World(size).stand()
          const before = world.lines
          asked(world, wish)
          const stay = world.machines.filter(({ role }) => role !== 'absent')
          const cut = stay[which % stay.length]
          if (cut === undefined) return
          cut.reachable = false
          const { failures } = await drive(world, goal(world))
          expect(exitOf(failures)).toBe(4)
          expect(world.lines).toEqual(before)
          expect(world.harms).toEqual([])
        }),
        { numRuns: runs(60) },
      ),
    patience,
  )

  it(
    'brings back replaced and moved machines, as long as the others are a majority, without touching those',
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 3, max: 7 }),
          fc.array(fc.record({ host: fc.nat(), moved: fc.boolean(), empty: fc.boolean() }), { maxLength: 3 }),
          async (participants, changes) => {
            const world = new World({ participants, observers: 1 }).stand()
            const hit = new Set<string>()
            for (const { host, moved, empty } of changes) {
              const name = `zk${(host % participants) + 1}`
              if (hit.size >= Math.ceil(participants / 2) - 1 || hit.has(name)) continue
              hit.add(name)
              if (moved) world.move(name, `10.9.0.${(host % participants) + 1}`)
              if (empty) world.replace(name)
            }
            world.pass(5_000)
            const nonces = world.machines.map(({ host, server }) => (hit.has(host) ? '' : server?.nonce))
            const at = world.goal(oldConf)
            const expected = foresee(at, world.observe())
            const { did, failures } = await drive(world, at)
            expect(failures.map(({ message }) => message)).toEqual([])
            expect(shown(did.map(({ step }) => step))).toEqual(shown(expected.map(({ step }) => step)))
            expect(did.every(({ step }) => step.kind !== 'found')).toBe(true)
            expect(settled(world, oldConf)).toBe(true)
            expect(world.lines).toEqual(world.wished)
            expect(world.machines.map(({ host, server }) => (hit.has(host) ? '' : server?.nonce))).toEqual(nonces)
            expect(world.harms).toEqual([])
          },
        ),
        { numRuns: runs(80) },
      ),
    patience,
  )
})

describe('membership, told', () => {
  const steps = async (world: World) => {
    const { did, failures } = await drive(world, goal(world))
    expect(failures).toEqual([])
    return shown(did.map(({ step }) => step)).filter((step) => !step.startsWith('record'))
  }
  const running = (participants: number, spares: number, observers = 0) => {
    const world = new World({ participants, observers, spares }).stand()
    for (const machine of world.machines) if (machine.server !== undefined) machine.server.conf = newConf
    for (const machine of world.machines)
      Object.assign(machine, machine.server && { current: newConf, served: newConf })
    return world
  }

  it('grows from one to three to five and shrinks to three, one member after the other', async () => {
    const world = running(1, 4)
    const all = (count: number) => Array.from({ length: 5 }, (_, i): Role => (i < count ? 'participant' : 'absent'))
    expect(await steps(world.want(all(3)))).toEqual(['join zk2', 'reconfig zk2', 'join zk3', 'reconfig zk3'])
    expect(await steps(world.want(all(5)))).toEqual(['join zk4', 'reconfig zk4', 'join zk5', 'reconfig zk5'])
    const { leader } = world
    const gone = await steps(world.want(['absent', 'absent', 'participant', 'participant', 'participant']))
    // the leader last
    const order = leader === 'zk1' ? ['zk2', 'zk1'] : ['zk1', 'zk2']
    expect(gone).toEqual(order.flatMap((host) => [`reconfig ${host}`, `stop ${host}`]))
    expect(world.left.map(({ host, stopped }) => [host, stopped]).sort()).toEqual([
      ['zk1', true],
      ['zk2', true],
    ])
    expect(world.harms).toEqual([])
  })

  it('the leader leaves last', async () => {
    const world = running(5, 0)
    const leader = world.leader ?? ''
    const leave = [leader, ...world.machines.map(({ host }) => host).filter((host) => host !== leader)].slice(0, 2)
    world.want(world.machines.map(({ host }) => (leave.includes(host) ? 'absent' : 'participant')))
    const hosts = (await steps(world)).filter((step) => step.startsWith('reconfig'))
    expect(hosts.at(-1)).toBe(`reconfig ${leader}`)
  })

  it('a participant becomes an observer and one again; where there is one vote it follows first', async () => {
    const world = running(3, 0)
    expect(await steps(world.want(['observer']))).toEqual(['reconfig zk1'])
    expect(await steps(world.want(['participant']))).toEqual(['reconfig zk1'])
    const alone = running(1, 0, 1)
    expect(await steps(alone.want(['participant', 'participant']))).toEqual(['reconfig zk2', 'reconfig zk2'])
    expect(world.harms.concat(alone.harms)).toEqual([])
  })

  it('a leaver out of reach goes only with a yes, and is remembered until it was seen stopped', async () => {
    const world = running(3, 0).want(['participant', 'participant', 'absent'])
    const [, , zk3] = world.machines
    if (zk3 === undefined) return
    zk3.reachable = false
    const refused = await drive(world, goal(world))
    expect([refused.did, exitOf(refused.failures)]).toEqual([[], 5])
    // a yes for another one is none for this
    const other = await drive(world, goal(world, { mayLeaveUnseen: new Set(['zk2']) }))
    expect([other.did, exitOf(other.failures)]).toEqual([[], 5])
    const may = goal(world, { mayLeaveUnseen: new Set(['zk3']) })
    expect((await drive(world, may)).failures).toEqual([])
    expect(world.left).toEqual([{ id: 3, host: 'zk3', address: '10.0.0.3', stopped: false }])
    expect(zk3.server).toBeDefined()
    zk3.reachable = true
    expect(await steps(world)).toEqual(['stop zk3'])
    expect(world.left).toMatchObject([{ stopped: true }])
    expect(world.harms).toEqual([])
  })

  it('a dead member leaves before anything is started; a second one is started first', async () => {
    const world = running(5, 0).want(['participant', 'participant', 'participant', 'participant', 'absent'])
    for (const machine of world.machines.slice(3)) delete machine.server
    world.pass(1_000)
    expect(await steps(world)).toEqual(['reconfig zk5', 'start zk4'])
    expect(world.harms).toEqual([])
  })

  it('an ensemble that is stopped starts with those that are to leave, where it needs them', async () => {
    const world = running(5, 0)
    for (const machine of world.machines) delete machine.server
    world.want(['participant', 'participant', 'absent', 'absent', 'absent'])
    const did = await steps(world)
    expect(did[0]).toBe('start zk1,zk2,zk3,zk4,zk5')
    expect(world.lines).toEqual(world.wished)
    expect(world.harms).toEqual([])
  })

  it('case 22: what left and is to come back is not started before the others serve: it could not come up by its own file', async () => {
    const world = running(4, 0)
    await steps(world.want(['absent', 'participant', 'absent', 'participant']))
    const [, , , zk4] = world.machines
    delete zk4?.server
    expect(await steps(world.want(['participant', 'participant', 'participant', 'participant']))).toEqual([
      'start zk4',
      'join zk1',
      'reconfig zk1',
      'join zk3',
      'reconfig zk3',
    ])
    expect(world.harms).toEqual([])
  })

  it('what was taken back unawares, and died before it learnt of it, is given the lines of today', async () => {
    const world = running(3, 0)
    const [, , zk3] = world.machines
    if (zk3 === undefined) return
    zk3.own = { version: '1', members: world.config.slice(0, 2) }
    delete zk3.server
    world.pass(1_000)
    expect(await steps(world)).toEqual(['join zk3'])
    expect(world.harms).toEqual([])
  })

  it('what comes back after it left comes with the lines of today, and its own data', async () => {
    const world = running(3, 0)
    await steps(world.want(['participant', 'participant', 'absent']))
    expect(await steps(world.want(['participant', 'participant', 'participant']))).toEqual(['join zk3', 'reconfig zk3'])
    expect(world.harms).toEqual([])
  })
})
