import { setTimeout as sleep } from 'node:timers/promises'
import { act } from '../../../ensemble/act.ts'
import { advance, type Outcome } from '../../../ensemble/apply.ts'
import type { Goal } from '../../../ensemble/desired.ts'
import type { EnsembleFacts } from '../../../ensemble/facts.ts'
import type { Watch } from '../../../ensemble/observe.ts'
import { type Administration, noteGone, reconfigure } from '../../../ensemble/reconfigure.ts'
import type { HeldLock } from '../../../hosts/lock.ts'
import { saveFounding } from '../../../local/founding.ts'
import { Failure } from '../../../model/failure.ts'
import type { Run } from '../run/run.ts'
import { presentIn } from './lock.ts'

/**
 * The loop of docs/design.md under the lock: steps towards the goal until it is reached, refused or interrupted. `administer`: how
 * ZooKeeper is changed where the goal may ask for it; the facts are those observed last.
 */
export function advanceTo(
  run: Run,
  goal: Goal,
  lock: HeldLock,
  watch: Watch,
  administer: (latest: () => EnsembleFacts | undefined) => Administration = () => nobodys,
): Promise<Outcome> {
  let latest: EnsembleFacts | undefined
  const administration = administer(() => latest)
  // Where nobody tells who belongs now, those that did when the lock was taken count.
  const present = () => (latest?.config.is === 'present' ? presentIn(run, latest) : undefined)
  return advance(goal, {
    async observe(wish) {
      latest = await watch.observe(wish)
      return latest
    },
    async act(step) {
      try {
        const told = await act(goal, step, {
          locked: lock.of,
          stillHeld: () => lock.stillHeld(present()),
          lost: lock.lost,
          look: () => watch.observe({ full: true }),
          saveFounding: (record) => saveFounding(run.inventory.state, record),
          reconfigure: (host, change, left) => reconfigure(host, change, left, administration),
          noteGone: (ids) => noteGone(ids, administration),
        })
        watch.did(step, told)
      } catch (thrown) {
        watch.forget(step)
        throw thrown
      }
    },
    glance: { serving: (host) => watch.glance(host), now: () => Date.now(), sleep },
    emit: run.emit,
    interrupted: run.interrupted,
    sleep,
  })
}

/** Commands that change nobody's place bring no password for it along. */
const nobodys: Administration = {
  acl: [],
  open: () => Promise.reject(new Failure({ step: 'change who belongs', got: 'not by this command', hint: 'run `up`' })),
}
