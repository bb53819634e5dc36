import { accepts, lookTwice, refuseStale } from '../tree/saved.ts'
import { planTrees } from '../tree/seed.ts'
import { askedOf, savedPlan, type SavedPlanOptions, savePlans } from './seed/saved-plan.ts'
import { saidOfAll, seedAll, type SeedOptions } from './shared/apply/trees.ts'
import { withFleet } from './shared/look/fleet.ts'
import { noTrees, observe } from './shared/look/observe.ts'
import { withSession } from './shared/look/session.ts'
import { noPassword } from './shared/prepare/identity.ts'
import { noteOf, prepareSeed, readSources } from './shared/prepare/prepare.ts'
import { notAmidRotation } from './shared/rotation/rotation.ts'
import { unlessInterrupted } from './shared/run/interrupted.ts'
import type { Result } from './shared/run/result.ts'
import type { Run } from './shared/run/run.ts'

/** Applies the trees only. Takes no lock: HEAD fences what is written. */
export const seed = async (run: Run<SeedOptions & SavedPlanOptions>): Promise<Result> => {
  const asked = await askedOf(run.options)
  const prepared = await prepareSeed(run)
  // A large one is read while hosts are logged in to and looked at; what is wrong with it comes before what is wrong with them.
  const reading = readSources(run, prepared)
  reading.catch(() => undefined)
  if (prepared.madeUp.length > 0 || prepared.secrets.former !== undefined) await reading
  if (prepared.madeUp.length > 0) throw noPassword(prepared.madeUp)
  notAmidRotation(prepared.secrets)
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, noTrees))
    const trees = await reading
    const planNow = () =>
      unlessInterrupted(
        run,
        withSession(fleet, seen.ensemble, prepared.auth, (zk) => planTrees(zk, trees, noteOf(run))),
      )
    if (asked.is === 'save') return savePlans(run, asked.file, await planNow())
    // Of all trees before the first of them is written.
    if (asked.is === 'apply') {
      const look = async () => refuseStale(asked.saved, savedPlan(run, await planNow()), asked.file)
      await lookTwice(look)
    }
    const accept = asked.is === 'apply' ? { accept: accepts(asked.saved, asked.file) } : {}
    const seeded = await seedAll(run, fleet, { ...prepared, trees }, seen.ensemble, accept)
    return saidOfAll(seeded, run.options.dryRun)
  })
}
