import { someoneServes } from '../../ensemble/facts.ts'
import { rotation } from '../../local/secrets.ts'
import { Failure, throwAll } from '../../model/failure.ts'
import type { SeedOptions } from '../shared/apply/trees.ts'
import { withFleet } from '../shared/look/fleet.ts'
import { observe } from '../shared/look/observe.ts'
import { withProblems } from '../shared/plan/document.ts'
import { asDman } from '../shared/prepare/identity.ts'
import { readerOf, readSources, type SecretsPrepared } from '../shared/prepare/prepare.ts'
import { unlessInterrupted } from '../shared/run/interrupted.ts'
import { askToShrink } from '../shared/run/questions.ts'
import type { Result } from '../shared/run/result.ts'
import type { Run } from '../shared/run/run.ts'
import { mayShrink } from '../shared/run/shrink.ts'
import { type Rotating, up } from '../up.ts'

/**
 * New passwords of the super user and of dman: what `up` does, with these. One that was begun and not finished is finished, and no other begun.
 */
export const rotate = async (run: Run<SeedOptions>): Promise<Result> => {
  const { secrets, auth } = await asDman(run)
  if (secrets.former !== undefined) return up(run)
  // Amid the change trees cannot be planned: what is to be asked of them is asked before it is begun.
  const shrinks = await shrinksOf(run, { secrets, auth })
  if (!run.options.dryRun) await askToShrink(run, shrinks)
  const allowShrink = shrinks.length > 0 || run.options.allowShrink === true
  const result = await up({ ...run, options: { ...run.options, allowShrink } }, rotating())
  if (result.is !== 'plan' || shrinks.length === 0) return result
  const failures = [...(result.failures ?? []), ...shrinks]
  return { ...result, plan: withProblems(result.plan, { refusals: failures }), failures }
}

const rotating = (): Rotating => ({
  change: rotation(),
  permit: ({ ends }, { ensemble }) => {
    throwAll(ends)
    if (!someoneServes(ensemble)) throw nobodyServes
  },
})

/** Why trees would not be written at the end; none where that is allowed. */
async function shrinksOf(run: Run<SeedOptions>, known: Pick<SecretsPrepared, 'secrets' | 'auth'>) {
  if (run.inventory.trees.length === 0 || mayShrink(run)) return []
  const trees = await readSources(run, known)
  const reader = readerOf(run, { ...known, trees, madeUp: [] })
  const seen = await withFleet(run, (fleet) => unlessInterrupted(run, observe(run, fleet, reader)))
  return (seen.trees ?? []).flatMap(({ refusal }) => refusal ?? [])
}

const nobodyServes = new Failure({
  step: 'change the passwords',
  got: 'no member serves',
  hint: '`start` or `up` brings them to serve; then run this again',
  exit: 5,
})
