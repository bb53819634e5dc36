import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Converge, Goal, StagedConf } from '../../../../src/ensemble/desired.ts'
import { foresee, stopsService } from '../../../../src/ensemble/plan/foresee.ts'
import { compatible } from '../../../../src/ensemble/plan/stages.ts'
import { votesInTheWay } from '../../../../src/ensemble/plan/super-user.ts'
import { wayOf } from '../../../../src/ensemble/plan/way.ts'
import type { Failure } from '../../../../src/model/failure.ts'
import { tlsModes, tlsOff, type TlsRelease, type TlsStage } from '../../../../src/model/tls-stage.ts'
import { oldConf } from '../../build.ts'
import { certificates, inventory } from '../../hosts/build.ts'
import { half, mishap, shape, shown } from '../arbitrary.ts'
import { drive } from '../drive.ts'
import type { Machine, Mishap } from '../machine.ts'
import { runs } from '../runs.ts'
import { World } from '../world.ts'

const strict = (ca: string): TlsStage => ({ mode: 'strict', trusts: [ca], issuer: ca })
const ends = fc.constantFrom<TlsStage>(tlsOff, strict('a'), strict('b'))
const names = Array.from({ length: 12 }, (_, index) => `10.0.0.${index + 1}`)
const never = 4_000_000_000_000
const released = (stage: TlsStage, expires = never): TlsRelease => ({ ...stage, expires, names })

/** A conf release for every stage that there can be; what runs at first is oldConf. */
function releases(first: TlsRelease) {
  const sets = [['a'], ['b'], ['a', 'b']]
  const all = tlsModes.flatMap((mode): readonly TlsStage[] =>
    mode === 'off' ? [tlsOff] : sets.flatMap((trusts) => ['a', 'b'].map((issuer) => ({ mode, trusts, issuer }))),
  )
  const confs = new Map(all.map((stage, index) => [`conf-${String(index).padStart(12, 'a')}`, released(stage)]))
  const stages = { ...Object.fromEntries(confs), [oldConf]: first }
  const key = ({ mode, trusts, issuer }: TlsStage) => `${mode} ${trusts.join()} ${issuer}`
  const confOf = (stage: TlsStage) => [...confs].find(([, known]) => key(known) === key(stage))?.[0] ?? ''
  /** by what they make of each other's connections and certificates; an expired one nobody takes */
  const talk = (one: string, other: string, at: number) => {
    const [a, b] = [stages[one] ?? tlsOff, stages[other] ?? tlsOff]
    return [a, b].every(({ expires }) => expires > at) && compatible(a, b)
  }
  return { stages, confOf, talk }
}

function ensemble(
  first: TlsRelease,
  sizes: { participants: number; observers: number },
  mishaps: readonly Mishap[] = [],
) {
  const { stages, confOf, talk } = releases(first)
  const world = new World({ ...sizes, stages, talk, mishaps, supervised: true }).stand()
  const { hosts } = inventory(sizes.participants + sizes.observers)
  const goalTo = (wanted: TlsStage) => {
    const made = certificates(
      hosts.map(({ name }) => name),
      ['a', 'b'],
      wanted.issuer,
    )
    const way = wayOf({ hosts, tls: wanted.mode !== 'off' }, made, world.observe()).map((stage): StagedConf => {
      return { conf: confOf(stage), stage: released(stage) }
    })
    const goal = world.goal(confOf(wanted), { mayStopService: true })
    return { ...goal, members: goal.members.map((member) => ({ ...member, way })) }
  }
  return { world, goalTo, last: (wanted: TlsStage) => confOf(wanted) }
}

const allRun = (world: World, conf: string) =>
  world.machines.every((machine) => world.serves(machine) && machine.server?.conf === conf)

const isPutBack = ({ got }: Failure): boolean => got.includes('again, which served last')

describe('TLS between members, over random ensembles', () => {
  it(
    'goes from any to any by rolls that lose nobody, as foreseen, and is then done',
    () =>
      fc.assert(
        fc.asyncProperty(shape, ends, ends, async (sizes, from, to) => {
          const { world, goalTo, last } = ensemble(released(from), sizes)
          const goal = goalTo(to)
          const expected = foresee(goal, world.observe())
          const { did, failures } = await drive(world, goal)
          expect(failures).toEqual([])
          expect(shown(did.map(({ step }) => step))).toEqual(shown(expected.map(({ step }) => step)))
          expect(allRun(world, last(to))).toBe(true)
          expect(world.harms).toEqual([])
          expect((await drive(world, goalTo(to))).did).toEqual([])
        }),
        { numRuns: runs(60) },
      ),
    120_000,
  )

  it(
    'case 22: cut short anywhere, and turned round or not, it goes on, and quorum is never lost by it',
    () =>
      fc.assert(
        fc.asyncProperty(
          shape,
          fc.tuple(ends, ends, ends),
          fc.array(fc.oneof(mishap(20_000), half(20_000)), { maxLength: 5 }),
          fc.integer({ min: 0, max: 20_000 }),
          async (sizes, [from, first, then], mishaps, at) => {
            const { world, goalTo, last } = ensemble(released(from), sizes, [...mishaps, { at, what: 'lose-lock' }])
            await drive(world, goalTo(first))
            world.lockLost = false
            await drive(world, goalTo(then))
            world.calm()
            const calm = await drive(world, goalTo(then))
            // One that begins with a put-back stops once it serves; the next goes on.
            const { failures } = calm.failures.some(isPutBack) ? await drive(world, goalTo(then)) : calm
            expect(failures.map(({ message }) => message)).toEqual([])
            expect(allRun(world, last(then))).toBe(true)
            expect(world.harms).toEqual([])
          },
        ),
        {
          numRuns: runs(120),
          // turned round at its last stage, one run notes four conf releases of one member
          examples: [
            [
              { participants: 1, observers: 0 },
              [tlsOff, strict('a'), tlsOff],
              [{ at: 2041, what: 'cut', host: 0 }],
              2041,
            ],
            // switched to its last stage and without power before it served there, it is started again as it was before all of them
            [
              { participants: 2, observers: 0 },
              [tlsOff, tlsOff, strict('a')],
              [{ at: 1101, what: 'power-off', host: 3 }],
              0,
            ],
            // killed and frozen amid its restart with the first stage
            [
              { participants: 2, observers: 0 },
              [tlsOff, strict('b'), strict('b')],
              [
                { at: 1041, what: 'kill', host: 0 },
                { at: 1041, what: 'freeze', host: 0 },
                { at: 1041, what: 'half', after: 'stamp' },
              ],
              1041,
            ],
          ],
        },
      ),
    120_000,
  )

  it(
    'case 38: what expires soon is renewed by rolls; what has expired, with or without a quorum left, all at once',
    () =>
      fc.assert(
        fc.asyncProperty(shape, fc.constantFrom('soon', 'expired', 'lost', 'stopped'), async (sizes, how) => {
          const expires = how === 'soon' ? never : 500_000
          const { world, goalTo, last } = ensemble(released(strict('a'), expires), sizes)
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

  it('case 23: Ctrl-C while all are stopped for new certificates lets them start', async () => {
    const { world, goalTo, last } = ensemble(released(strict('a'), 500_000), { participants: 3, observers: 0 })
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
      const made = ensemble(released(strict('a'), 500_000), { participants: 3, observers: 0 })
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

  describe('case 33: new passwords whose former are lost, while a leaver is down', () => {
    const recovering = (participants: number, dead: number, from: TlsStage, more: Partial<Converge> = {}) => {
      const made = ensemble(released(from), { participants, observers: 1 })
      const { world } = made
      const gone = world.machines.slice(participants - dead, participants)
      const all = { superIsNew: true, mayLeaveUnseen: 'anyone' as const, ...more }
      const goalTo = (): Goal => ({ ...made.goalTo(strict('b')), kind: 'converge', ...all }) as Goal
      return { ...made, gone, goalTo }
    }
    const off = (machine: Machine) => {
      machine.power = false
      machine.role = 'absent'
      delete machine.server
    }
    const kinds = ({ did }: Awaited<ReturnType<typeof drive>>) => [
      ...new Set(did.flatMap(({ step }) => (step.kind === 'record' ? [] : [step.kind]))),
    ]

    it.each([
      [3, 1, strict('a')],
      [3, 1, strict('b')],
      [5, 2, strict('a')],
      [5, 1, tlsOff],
    ])('of %d with %d dead, the others restart first, then it leaves', async (participants, dead, from) => {
      const { world, gone, goalTo, last } = recovering(participants, dead, from)
      gone.forEach(off)
      world.pass(5_000)
      const goal = goalTo()
      const expected = foresee(goal, world.observe())
      expect(stopsService(goal, world.observe())).toBe(participants - dead - 1 < world.majority())
      expect(votesInTheWay(goal, world.observe())).toEqual(gone.map(({ host }) => host))
      const outcome = await drive(world, goal)
      expect(votesInTheWay(goal, outcome.facts)).toEqual([])
      expect(outcome.failures.map(({ message }) => message)).toEqual([])
      expect(shown(outcome.did.map(({ step }) => step))).toEqual(shown(expected.map(({ step }) => step)))
      expect(kinds(outcome)).toEqual(['restart', 'reconfig'])
      expect(world.lines).toEqual(world.wished)
      expect(world.machines.filter(({ server }) => server?.conf === last(strict('b')))).toHaveLength(
        world.machines.length - dead,
      )
      expect(world.harms).toEqual([])
      expect((await drive(world, goalTo())).did).toEqual([])
    })

    it('a new machine in its place, with nothing on it, leaves likewise', async () => {
      const { world, gone, goalTo } = recovering(3, 1, strict('a'))
      gone.forEach(({ host }) => world.replace(host))
      for (const machine of gone) machine.role = 'absent'
      world.pass(5_000)
      const outcome = await drive(world, goalTo())
      expect(outcome.failures.map(({ message }) => message)).toEqual([])
      expect(kinds(outcome)).toEqual(['restart', 'reconfig'])
      expect(world.lines).toEqual(world.wished)
      expect(world.harms).toEqual([])
    })

    it('without a yes to "service stops" no voter is taken down', async () => {
      const { world, gone, goalTo } = recovering(3, 1, strict('a'), { mayStopService: false })
      gone.forEach(off)
      world.pass(5_000)
      const { failures } = await drive(world, goalTo())
      expect(failures).toMatchObject([{ exit: 5, hint: expect.stringContaining('--yes') as string }])
      expect(world.servingParticipants()).toHaveLength(2)
      expect(world.harms).toEqual([])
    })
  })

  it('case 38: restart and repair take nobody down that could not come back; an only member talks to nobody', async () => {
    const expired = (participants: number) => {
      const { world } = ensemble(released(strict('a'), 500_000), { participants, observers: 0 })
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
