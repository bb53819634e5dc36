import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Converge, Goal } from '../../../../src/ensemble/desired.ts'
import { foresee, stopsService } from '../../../../src/ensemble/plan/foresee.ts'
import { votesInTheWay } from '../../../../src/ensemble/plan/super-user.ts'
import type { Failure } from '../../../../src/model/failure.ts'
import { tlsOff, type TlsStage } from '../../../../src/model/tls-stage.ts'
import { half, mishap, shape, shown } from '../arbitrary.ts'
import { drive } from '../drive.ts'
import type { Machine } from '../machine.ts'
import { runs } from '../runs.ts'
import { allRun, released, strict, tlsWorld } from '../tls-world.ts'

const ends = fc.constantFrom<TlsStage>(tlsOff, strict('a'), strict('b'))
const isPutBack = ({ got }: Failure): boolean => got.includes('again, which served last')

describe('TLS between members, over random ensembles', () => {
  it(
    'goes from any to any by rolls that lose nobody, as foreseen, and is then done',
    () =>
      fc.assert(
        fc.asyncProperty(shape, ends, ends, async (sizes, from, to) => {
          const { world, goalTo, last } = tlsWorld(released(from), sizes)
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
            const { world, goalTo, last } = tlsWorld(released(from), sizes, [...mishaps, { at, what: 'lose-lock' }])
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

  describe('case 33: new passwords whose former are lost, while a leaver is down', () => {
    const recovering = (participants: number, dead: number, from: TlsStage, more: Partial<Converge> = {}) => {
      const made = tlsWorld(released(from), { participants, observers: 1 })
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
})
