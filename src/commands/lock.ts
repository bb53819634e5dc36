import { act } from '../ensemble/act.ts'
import { advance, type Outcome } from '../ensemble/apply.ts'
import type { Goal } from '../ensemble/desired.ts'
import type { EnsembleFacts } from '../ensemble/facts.ts'
import type { Watch } from '../ensemble/observe.ts'
import { noteGone, reconfigure, type Administration } from '../ensemble/reconfigure.ts'
import { holderFor, withLock, type Electorate, type HeldLock, type Holder } from '../hosts/lock.ts'
import { saveFounding } from '../local/founding.ts'
import { Failure } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import type { Fleet } from './fleet.ts'
import { goOn } from './interrupted.ts'
import { pause } from './pause.ts'
import type { Run } from './run.ts'

/** This run as the lock names it. */
export const holderOf = ({ id, operator }: Run): Holder => holderFor(operator, id)

/** Runs `body` while this run holds the lock (docs/design.md, The lock). `now` tells who the present members are. */
export const locked = <T>(
  run: Run,
  fleet: Fleet,
  now: EnsembleFacts,
  body: (lock: HeldLock) => Promise<T>,
): Promise<T> => {
  goOn(run)
  return withLock(
    fleet.remotes,
    holderOf(run),
    { ...electorateOf(run, now), wait: run.options.lockWait, interrupted: run.interrupted, emit: run.emit },
    body,
  )
}

const electorateOf = (run: Run, now: EnsembleFacts): Electorate => ({
  hosts: run.inventory.hosts.filter(({ role }) => role !== 'absent').map(({ name }) => name),
  members: presentIn(run, now),
})

/** The ensemble's present members, those among them that are to leave too. */
function presentIn({ inventory }: Run, { config }: EnsembleFacts): readonly HostName[] {
  const present = config.is === 'present' ? config.value.members.map(({ id }) => id) : []
  return inventory.hosts.filter(({ id }) => present.includes(id)).map(({ name }) => name)
}

/**
 * The loop of docs/design.md under the lock: steps towards the goal until it is reached, refused or interrupted. `administer`: how
 * ZooKeeper is changed where the goal may ask for it; the facts are those observed last.
 */
export function towards(
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
    glance: { serving: (host) => watch.glance(host), now: () => Date.now(), pause },
    emit: run.emit,
    interrupted: run.interrupted,
    pause,
  })
}

/** Commands that change nobody's place bring no password for it along. */
const nobodys: Administration = {
  acl: [],
  open: () => Promise.reject(new Failure({ step: 'change who belongs', got: 'not by this command', hint: 'run `up`' })),
}
