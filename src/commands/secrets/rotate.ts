import { someoneServes } from '../../ensemble/facts.ts'
import { rotation } from '../../local/secrets.ts'
import { Failure, throwAll } from '../../model/failure.ts'
import type { SeedOptions } from '../shared/apply/trees.ts'
import { asDman } from '../shared/prepare/identity.ts'
import type { Result } from '../shared/run/result.ts'
import type { Run } from '../shared/run/run.ts'
import { up } from '../up.ts'

/**
 * New passwords of the super user and of dman: what `up` does, with these. One that was begun and not finished is finished, and no other begun.
 */
export const rotate = async (run: Run<SeedOptions>): Promise<Result> => {
  const { secrets } = await asDman(run)
  if (secrets.former !== undefined) return up(run)
  return up(run, {
    change: rotation(),
    permit: ({ ends }, { ensemble }) => {
      throwAll(ends)
      if (!someoneServes(ensemble)) throw nobodyServes
    },
  })
}

const nobodyServes = new Failure({
  step: 'change the passwords',
  got: 'no member serves',
  hint: '`start` or `up` brings them to serve; then run this again',
  exit: 5,
})
