import { othersData } from '../ensemble/plan/data.ts'
import { foreseeAll } from '../ensemble/plan/foresee.ts'
import { hostsOf } from '../ensemble/plan/step.ts'
import { laterVersions } from '../hosts/preflight.ts'
import { endFounding, readFounding } from '../local/founding.ts'
import { Failure, Failures, failuresOf } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import { remove } from '../remote/remove.ts'
import type { Locked } from '../remote/remote.ts'
import { confirm } from './confirm.ts'
import { goalOf } from './drive.ts'
import { withFleet, type Fleet } from './fleet.ts'
import { locked, towards } from './lock.ts'
import { unlessInterrupted } from './interrupted.ts'
import { observe, type Seen } from './observe.ts'
import type { Result } from './result.ts'
import type { Run } from './run.ts'

export interface DestroyOptions {
  readonly data: boolean
}

/** Stops all members and removes what is ours; data only with --data, and then the founding's record ends too. */
export const destroy = async (run: Run<DestroyOptions>): Promise<Result> => {
  // A record that cannot be ended is known before the data that it tells of is gone.
  const founding = await readFounding(run.inventory.state)
  if (run.options.data && founding.is === 'unknown') throw founding.why
  return withFleet(run, async (fleet) => {
    const reader = { auth: [], read: () => Promise.resolve(undefined) }
    const seen = await unlessInterrupted(run, observe(run, fleet, reader))
    const held = laidHosts(run, seen)
    refuse(run, seen)
    const plan = planOf(run, seen, held)
    run.emit({ task: 'plan', is: 'plan', plan })
    if (run.options.dryRun) return { is: 'plan', plan, exit: 0 }
    if (held.length > 0) await askFor(run, held)
    if (held.length > 0) {
      await locked(run, fleet, seen.ensemble, async (hosts, lock) => {
        const { observer } = await observe(run, fleet, reader, hosts)
        const { failures } = await towards(run, goalOf(run, 'stop'), lock, observer)
        const left = failures.filter(({ exit }) => exit !== 4)
        if (left.length > 0) throw new Failures(failures)
        await removeAll(
          run,
          hosts.filter(({ host }) => held.includes(host)),
        )
      })
    }
    return conclude(run, fleet, held)
  })
}

/** Hosts that hold something of ours, by --hosts. */
const laidHosts = ({ options }: Run, seen: Seen<unknown>): readonly HostName[] =>
  [...seen.hosts].flatMap(([host, fact]) =>
    (options.hosts?.includes(host) ?? true) && fact.is === 'present' && fact.value.laid.is !== 'absent' ? [host] : [],
  )

/** What is another ensemble's is neither stopped nor removed (case 18), nor what a later version wrote (case 42). */
function refuse(run: Run<DestroyOptions>, { hosts, ensemble }: Seen<unknown>): void {
  const why = [...laterVersions(hosts), ...othersData(goalOf(run, 'stop'), ensemble, run.options.data)]
  if (why.length > 0) throw new Failures(why)
}

function planOf(run: Run<DestroyOptions>, { ensemble }: Seen<unknown>, held: readonly HostName[]) {
  const { steps } = foreseeAll(goalOf(run, 'stop'), ensemble)
  const { home, ensemble: name } = run.inventory
  const what = run.options.data ? 'and its data' : 'but its data'
  return {
    version: 1 as const,
    ensemble: name,
    changes: held.map((host) => ({
      kind: 'remove',
      host,
      path: '.',
      summary: `remove ~/${home} ${what}`,
      reason: 'destroy',
    })),
    steps: steps.map(({ step, reason }) => ({ kind: step.kind, hosts: [...hostsOf(step)], reason })),
    restarts: [],
  }
}

const askFor = (run: Run<DestroyOptions>, held: readonly HostName[]): Promise<void> => {
  const { home, ensemble } = run.inventory
  const what = run.options.data ? `~/${home} WITH ALL DATA` : `~/${home}, data kept,`
  return confirm(run, `This removes ${what} on ${held.join(', ')}.`, ensemble)
}

async function removeAll(run: Run<DestroyOptions>, hosts: readonly Locked[]): Promise<void> {
  const removeOne = async (host: Locked) => {
    const task = `hosts/${host.host}`
    run.emit({ task, host: host.host, is: 'begun', title: 'is removed' })
    const left = await host.change(remove, { data: run.options.data })
    const note = left.length === 0 ? 'nothing is left' : `left: ${left.join(', ')}`
    run.emit({ task, host: host.host, is: 'ended', outcome: 'done', note })
  }
  const outcomes = await Promise.allSettled(hosts.map(removeOne))
  const failed = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? failuresOf(outcome.reason, 'remove') : [],
  )
  if (failed.length > 0) throw new Failures(failed)
}

/** The founding's record ends only once every host has confirmed that its data is gone. */
async function conclude(run: Run<DestroyOptions>, fleet: Fleet, held: readonly HostName[]): Promise<Result> {
  const { inventory, options } = run
  const unreached = [...fleet.unreached.values()]
  const partial = unreached.length > 0 || options.hosts !== undefined
  if (options.data && !partial) await endFounding(inventory.state)
  const failures = unreached.map(
    ({ host, got }) => new Failure({ host, step: 'destroy', got, hint: 'run destroy again once it is back', exit: 4 }),
  )
  const what = options.data ? 'removed, data too' : 'removed, data kept'
  const nothing = fleet.connections.size === 0 ? [] : ['nothing of ours is there']
  const lines = held.length === 0 ? nothing : held.map((host) => `${host}: ${what}`)
  return { is: 'said', lines, failures, exit: 0 }
}
