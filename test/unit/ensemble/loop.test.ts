import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foresee } from '../../../src/ensemble/plan/foresee.ts'
import { hostsOf } from '../../../src/ensemble/plan/step.ts'
import { exitOf } from '../../../src/model/failure.ts'
import { newConf, oldConf } from '../build.ts'
import { half, mishap, running, shape, shown } from './arbitrary.ts'
import { drive } from './drive.ts'
import type { Behaviour, Mishap } from './machine.ts'
import { runs } from './runs.ts'
import { World } from './world.ts'

/** What the new and, rarely, the old conf release does on each host. */
const behaviours = fc.record({
  fresh: fc.array(fc.constantFrom<Behaviour>('serves', 'serves', 'serves', 'serves', 'ends', 'silent'), {
    minLength: 12,
    maxLength: 12,
  }),
  former: fc.array(
    fc.constantFrom<Behaviour>('serves', 'serves', 'serves', 'serves', 'serves', 'serves', 'serves', 'ends', 'silent'),
    {
      minLength: 12,
      maxLength: 12,
    },
  ),
})
const behaves =
  ({ fresh, former }: { fresh: readonly Behaviour[]; former: readonly Behaviour[] }) =>
  (host: string, conf: string): Behaviour =>
    (conf === newConf ? fresh : former)[Number(host.slice(2)) - 1] ?? 'serves'

const allServe = (world: World, conf: string) =>
  world.machines.every((machine) => world.serves(machine) && machine.server?.conf === conf)
/** ms: the machine may be busy with other tests */
const patience = 120_000

describe('the loop, over random ensembles', () => {
  it(
    'founds, rolls, stops and starts, and is then done; what is foreseen is what is done when nothing fails',
    () =>
      fc.assert(
        fc.asyncProperty(shape, running, async (sizes, up) => {
          const world = new World(sizes)
          const few = sizes.participants <= 2
          for (const goal of [
            world.goal(oldConf),
            world.goal(newConf, { mayStopService: few }),
            { ...world.goal(), kind: 'stop' as const },
            { ...world.goal(), kind: 'serve' as const, members: world.desired },
            world.goal(oldConf, {
              mayStopService: few,
              only: new Set(up.flatMap((yes, index) => (yes ? [`zk${index + 1}`] : []))),
            }),
          ]) {
            const expected = foresee(goal, world.observe())
            world.acts.length = 0
            const { did, failures } = await drive(world, goal)
            expect(failures).toEqual([])
            expect(shown(did.map(({ step }) => step))).toEqual(shown(expected.map(({ step }) => step)))
            const again = await drive(world, goal)
            expect(again.did).toEqual([])
            expect(again.took).toBeLessThan(100)
            expect(world.lines).toEqual(world.wished)
          }
          expect(world.harms).toEqual([])
        }),
        { numRuns: runs(50) },
      ),
    patience,
  )

  it(
    'case 22, 26, 27: whatever fails meanwhile, no step of ours does harm, and it ends',
    () =>
      fc.assert(
        fc.asyncProperty(
          shape,
          running,
          behaviours,
          fc.array(mishap(60_000), { maxLength: 12 }),
          fc.integer({ min: 1, max: 4 }),
          fc.boolean(),
          async (sizes, up, how, mishaps, runs, supervised) => {
            const world = new World({ ...sizes, supervised, behaves: behaves(how), mishaps }).stand(up)
            for (let run = 0; run < runs; run += 1) {
              world.lockLost = false
              const { failures, took } = await drive(world, world.goal(newConf))
              expect(took).toBeLessThan(3_600_000)
              if (failures.length === 0) {
                expect(world.machines.filter(({ reachable, power }) => reachable && power).length).toBe(
                  world.machines.length,
                )
              }
            }
            expect(world.harms).toEqual([])
          },
        ),
        { numRuns: runs(120) },
      ),
    patience,
  )

  it(
    'case 22: a founding cut short anywhere is finished by the next runs, with one vote only for data in hand',
    () =>
      fc.assert(
        fc.asyncProperty(
          shape,
          fc.array(fc.oneof(mishap(8_000), half(4_000)), { maxLength: 6 }),
          fc.boolean(),
          async (sizes, mishaps, supervised) => {
            const world = new World({ ...sizes, supervised, mishaps })
            for (let run = 0; run < 3; run += 1) {
              world.lockLost = false
              await drive(world, world.goal(oldConf))
            }
            world.calm()
            const { failures } = await drive(world, world.goal(oldConf))
            expect(failures.map(({ message }) => message)).toEqual([])
            expect(allServe(world, oldConf)).toBe(true)
            expect(world.founding?.state).toBe('done')
            expect(world.harms).toEqual([])
          },
        ),
        { numRuns: runs(120) },
      ),
    patience,
  )

  it(
    'case 22: a roll cut short anywhere leaves at most one member down, and the next run finishes it',
    () =>
      fc.assert(
        fc.asyncProperty(
          shape,
          fc.integer({ min: 0, max: 20_000 }),
          fc.option(half(0)),
          fc.boolean(),
          fc.boolean(),
          async (sizes, at, cut, reply, supervised) => {
            fc.pre(sizes.participants > 2)
            const mishaps: Mishap[] = [
              ...(reply ? [{ at, what: 'lose-reply' as const }] : []),
              ...(cut === null ? [] : [{ ...cut, at }]),
              { at: at + (reply || cut !== null ? 1000 : 0), what: 'lose-lock' },
            ]
            const world = new World({ ...sizes, supervised, mishaps }).stand()
            const first = await drive(world, world.goal(newConf))
            if (first.failures.length > 0 && cut === null) expect(exitOf(first.failures)).toBe(6)
            expect(world.machines.filter((machine) => machine.server === undefined).length).toBeLessThanOrEqual(1)
            world.calm()
            expect((await drive(world, world.goal(newConf))).failures).toEqual([])
            expect(allServe(world, newConf)).toBe(true)
            expect(world.harms).toEqual([])
          },
        ),
        { numRuns: runs(80) },
      ),
    patience,
  )

  it(
    'case 1: with a host out of reach no serving member is touched, those that do not serve are started as they are, exit 4',
    () =>
      fc.assert(
        fc.asyncProperty(shape, running, fc.nat(), async (sizes, up, which) => {
          const world = new World(sizes).stand(up)
          const cut = world.machines[which % world.machines.length]
          if (cut === undefined) return
          cut.reachable = false
          const before = world.machines.map(({ server }) => server?.nonce)
          const { did, failures } = await drive(world, world.goal(newConf))
          expect(exitOf(failures)).toBe(4)
          expect(failures.some(({ host }) => host === cut.host)).toBe(true)
          expect(did.every(({ step }) => step.kind === 'start')).toBe(true)
          world.machines.forEach((machine, index) => {
            const nonce = before[index]
            if (nonce !== undefined) expect(machine.server?.nonce).toBe(nonce)
            else if (machine !== cut) expect(machine.server?.conf).toBe(oldConf)
          })
          expect(world.harms).toEqual([])
        }),
        { numRuns: runs(80) },
      ),
    patience,
  )

  it(
    'case 27: a member that does not come back gets what it last served with, whatever dies meanwhile; those that serve stay up',
    () =>
      fc.assert(
        fc.asyncProperty(
          shape,
          fc.nat(),
          fc.constantFrom<Behaviour>('ends', 'silent'),
          fc.option(fc.record({ host: fc.nat(), at: fc.integer({ min: 0, max: 30_000 }) }), { nil: undefined }),
          async (sizes, which, how, other) => {
            fc.pre(sizes.participants > 2)
            const bad = `zk${(which % (sizes.participants + sizes.observers)) + 1}`
            const mishaps: Mishap[] = other === undefined ? [] : [{ ...other, what: 'power-off' }]
            const world = new World({
              ...sizes,
              mishaps,
              behaves: (h, c) => (h === bad && c === newConf ? how : 'serves'),
            }).stand()
            const { failures } = await drive(world, world.goal(newConf))
            expect(failures.length).toBeGreaterThan(0)
            const member = world.machines.find(({ host }) => host === bad)
            if (member?.power === true) expect(member.server?.conf).toBe(oldConf)
            const restarted = world.acts.filter(({ kind }) => kind === 'restart').flatMap(hostsOf)
            // A member that was rolled and serves is not taken back.
            for (const machine of world.machines) {
              if (machine.host !== bad && machine.power && restarted.includes(machine.host))
                expect(machine.server?.conf).toBe(newConf)
            }
            if (other === undefined) expect(world.machines.every(world.serves)).toBe(true)
            expect(world.harms).toEqual([])
          },
        ),
        { numRuns: runs(120) },
      ),
    patience,
  )

  it(
    'case 23: Ctrl-C lets the step under way finish, says what is left, and takes nothing else down',
    () =>
      fc.assert(
        fc.asyncProperty(shape, fc.integer({ min: 0, max: 12_000 }), async (sizes, at) => {
          fc.pre(sizes.participants > 2)
          const world = new World(sizes).stand()
          const { failures, did } = await drive(world, world.goal(newConf), { interruptAt: at })
          expect(world.machines.every(world.serves)).toBe(true)
          const left = world.machines.filter(({ server }) => server?.conf !== newConf).map(({ host }) => host)
          expect(failures.map(({ exit }) => exit)).toEqual(left.length === 0 ? [] : [130])
          for (const host of left) expect(failures[0]?.got).toContain(`restart ${host}`)
          expect(did.filter(({ step }) => step.kind === 'restart').length).toBe(world.machines.length - left.length)
          expect(world.harms).toEqual([])
        }),
        { numRuns: runs(80) },
      ),
    patience,
  )

  it(
    'with one or two participants nothing is taken down without a yes to "service stops"',
    () =>
      fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 2 }), fc.boolean(), async (participants, yes) => {
          const world = new World({ participants, observers: 0 }).stand()
          const { failures, did } = await drive(world, world.goal(newConf, { mayStopService: yes }))
          if (yes) expect(allServe(world, newConf)).toBe(true)
          else {
            expect(did).toEqual([])
            expect(exitOf(failures)).toBe(5)
          }
          expect(world.harms).toEqual([])
        }),
        { numRuns: runs(10) },
      ),
    patience,
  )
})
