import { act } from '../ensemble/act.ts'
import { advance, type Outcome } from '../ensemble/apply.ts'
import type { Goal } from '../ensemble/desired.ts'
import type { EnsembleFacts } from '../ensemble/facts.ts'
import type { Watch } from '../ensemble/observe.ts'
import { hostsOf } from '../ensemble/plan/step.ts'
import { holderFor, withLock, type Electorate, type HeldLock, type Holder } from '../hosts/lock.ts'
import { saveFounding } from '../local/founding.ts'
import type { Fleet } from './fleet.ts'
import { goOn } from './interrupted.ts'
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

function electorateOf({ inventory }: Run, { config }: EnsembleFacts): Electorate {
  const present = config.is === 'present' ? config.value.members.map(({ id }) => id) : []
  return {
    hosts: inventory.hosts.filter(({ role }) => role !== 'absent').map(({ name }) => name),
    members: inventory.hosts.filter(({ id }) => present.includes(id)).map(({ name }) => name),
  }
}

/** The loop of docs/design.md under the lock: steps towards the goal until it is reached, refused or interrupted. */
export const towards = (run: Run, goal: Goal, lock: HeldLock, watch: Watch): Promise<Outcome> =>
  advance(goal, {
    observe: (wish) => watch.observe(wish),
    async act(step) {
      try {
        await act(goal, step, {
          locked: lock.of,
          stillHeld: () => lock.stillHeld(),
          lost: lock.lost,
          look: () => watch.observe({ full: true }),
          saveFounding: (record) => saveFounding(run.inventory.state, record),
        })
        watch.did(step)
      } catch (thrown) {
        watch.forget(hostsOf(step))
        throw thrown
      }
    },
    glance: { serving: (host) => watch.glance(host), now: () => Date.now(), pause },
    emit: run.emit,
    interrupted: run.interrupted,
    pause,
  })

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
