import fc from 'fast-check'
import { hostsOf, type Step } from '../../../src/ensemble/plan/step.ts'
import type { Mishap } from './machine.ts'

/** How many participants and observers. */
export const shape = fc.record({
  participants: fc.integer({ min: 1, max: 9 }),
  observers: fc.integer({ min: 0, max: 3 }),
})

/** A script that dies in the middle. */
export const half = (horizon: number): fc.Arbitrary<Mishap> =>
  fc.record({
    at: fc.integer({ min: 0, max: horizon }),
    what: fc.constant('half' as const),
    after: fc.constantFrom('stamp' as const, 'found' as const, 'stop' as const, 'switch' as const),
  })

export const mishap = (horizon: number): fc.Arbitrary<Mishap> =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        at: fc.integer({ min: 0, max: horizon }),
        what: fc.constantFrom(
          'kill' as const,
          'freeze' as const,
          'thaw' as const,
          'cut' as const,
          'heal' as const,
          'power-off' as const,
          'power-on' as const,
        ),
        host: fc.nat({ max: 11 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ at: fc.integer({ min: 0, max: horizon }), what: fc.constant('lose-lock' as const) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ at: fc.integer({ min: 0, max: horizon }), what: fc.constant('lose-reply' as const) }),
    },
    { weight: 2, arbitrary: half(horizon) },
  )

/** Whose servers run at first; more than any shape has. */
export const running = fc.array(fc.boolean(), { minLength: 12, maxLength: 12 })

/** Steps as a test expects them: `restart zk1`. */
export const shown = (steps: readonly Step[]) => steps.map((step) => `${step.kind} ${hostsOf(step).join()}`)
