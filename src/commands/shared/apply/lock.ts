import type { EnsembleFacts } from '../../../ensemble/facts.ts'
import { type Electorate, type HeldLock, type Holder, holderFor, withLock } from '../../../hosts/lock.ts'
import { type HostName, isWanted } from '../../../model/names.ts'
import type { Fleet } from '../look/fleet.ts'
import { goOn } from '../run/interrupted.ts'
import type { Run } from '../run/run.ts'

/** This run as the lock names it. */
export const holderOf = ({ id, operator }: Run): Holder => holderFor(operator, id)

/** Runs `body` while this run holds the lock (docs/design.md, The lock). `now` tells who the present members are. */
export const underLock = <T>(
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
  hosts: run.inventory.hosts.filter(isWanted).map(({ name }) => name),
  members: presentIn(run, now),
})

/** The ensemble's present members, those among them that are to leave too. */
export function presentIn({ inventory }: Run, { config }: EnsembleFacts): readonly HostName[] {
  const present = config.is === 'present' ? config.value.members.map(({ id }) => id) : []
  return inventory.hosts.filter(({ id }) => present.includes(id)).map(({ name }) => name)
}
