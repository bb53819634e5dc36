import { serveGoal } from '../../ensemble/desired.ts'
import { mayVote } from '../../ensemble/facts.ts'
import { named } from '../../ensemble/plan/step.ts'
import { giveUp } from '../../ensemble/restore/apply.ts'
import { planUndo, resumed, toJoin, type Undo, withoutData } from '../../ensemble/restore/undo.ts'
import { laterVersions } from '../../hosts/preflight.ts'
import type { PlanDocument } from '../../model/documents.ts'
import { throwAll } from '../../model/failure.ts'
import { advanceTo } from '../shared/apply/advance.ts'
import { underLock } from '../shared/apply/lock.ts'
import { statusNow, wantHealthy } from '../shared/apply/status-result.ts'
import { withFleet } from '../shared/look/fleet.ts'
import { noTrees, observe, type Seen } from '../shared/look/observe.ts'
import { framed, withProblems } from '../shared/plan/document.ts'
import { showPlan } from '../shared/plan/show-plan.ts'
import { readerAuth } from '../shared/prepare/identity.ts'
import { unlessInterrupted } from '../shared/run/interrupted.ts'
import { confirm } from '../shared/run/questions.ts'
import type { Result } from '../shared/run/result.ts'
import type { Run } from '../shared/run/run.ts'
import { asidesOf } from './planned.ts'

/** Takes a restore back that was stopped after it had marked the hosts and before it replaced any data: the members serve what they had. */
export const undo = (run: Run): Promise<Result> =>
  withFleet(run, async (fleet) => {
    const look = async () => planOf(run, await observe(run, fleet, noTrees))
    const planned = await unlessInterrupted(run, look())
    showPlan(run, planned.document)
    if (run.options.dryRun)
      return { is: 'plan', plan: withProblems(planned.document, planned), failures: planned.refusals, exit: 0 }
    throwAll(planned.refusals)
    if (planned.marked.length === 0) return said('no restore is under way: there is nothing to take back')
    await ask(run, planned)
    const auth = await readerAuth(run)
    return underLock(run, fleet, planned.seen.ensemble, async (lock) => {
      const { marked, refusals, seen, unseen, document } = await look()
      showPlan(run, document, planned.document)
      throwAll(refusals)
      if (unseen.some((host) => !planned.unseen.includes(host))) await ask(run, { unseen })
      const marks = marked.map(({ host, mark: { restore }, owner }) => ({ host, restore, owner }))
      await giveUp({ locked: lock.of, emit: run.emit }, marks)
      if (!seen.ensemble.members.some(mayVote))
        return said('the restore is taken back; no member was founded before it')
      const released = await observe(run, fleet, noTrees)
      const goal = serveGoal(run.inventory, { timeout: run.options.timeout })
      const outcome = await advanceTo(run, resumed(goal, seen.ensemble), lock, released.watch)
      const failures = [...outcome.failures, ...withoutData(goal, seen.ensemble).map(toJoin)]
      return wantHealthy(await statusNow(run, fleet, released, auth, { ...outcome, failures }))
    })
  })

/** Of a host that is to leave and cannot be seen nobody knows what the restore did there: nobody else can be asked for it. */
async function ask(run: Run, { unseen }: Pick<Undo, 'unseen'>): Promise<void> {
  if (unseen.length === 0) return
  const question = `${named(unseen)} cannot be reached: what the restore did there is not known, and its mark there stays. The others go on WITHOUT IT.`
  await confirm(run, question, run.inventory.ensemble)
}

const said = (line: string): Result => ({ is: 'said', lines: [line], exit: 0 })

interface Planned extends Undo {
  readonly seen: Seen<unknown>
  readonly document: PlanDocument
}

function planOf({ inventory, options }: Run, seen: Seen<unknown>): Planned {
  const goal = serveGoal(inventory, { timeout: options.timeout })
  const { marked, unseen, refusals } = planUndo(goal, seen.ensemble, asidesOf(seen.hosts))
  const hosts = marked.map(({ host }) => host)
  const release = {
    kind: 'release',
    hosts,
    reason: `the restore replaced nothing on ${named(hosts)}, and is taken back`,
  }
  const start = { kind: 'start', hosts, reason: 'every host has the data that it had' }
  const steps = marked.length === 0 ? [] : [release, start]
  const document = framed(inventory.ensemble, { steps })
  return { marked, unseen, refusals: [...laterVersions(seen.hosts), ...refusals], seen, document }
}
