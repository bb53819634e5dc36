import { createReadStream } from 'node:fs'
import type { Emit } from '../../model/event.ts'
import { Failure, Failures, failuresOf } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import { dataFiles } from '../../remote/data-files.ts'
import type { HeldFacts } from '../../remote/host-facts.ts'
import { member, type MemberOwner } from '../../remote/member.ts'
import type { Locked } from '../../remote/remote.ts'
import { restoreMark, restoreRelease, restoreStage, restoreSwap, type Sums } from '../../remote/restore-host.ts'
import { formatMember } from '../../zookeeper/config.ts'
import type { Converge } from '../desired.ts'
import type { EnsembleFacts } from '../facts.ts'
import { linesOf } from '../plan/founding.ts'
import { epochAbove, type RestoreHost, type RestorePlan, type ToRestore } from './plan.ts'

/** The backup as it is brought to the hosts. */
export interface BackupToSend extends ToRestore {
  readonly path: string
  readonly size: number
  readonly sha256: string
  readonly files: readonly (Sums[number] & { readonly size: number })[]
}

/** What a restore is done with; all of it exists only under the lock. */
export interface Restoring {
  readonly goal: Converge
  readonly backup: BackupToSend
  readonly plan: RestorePlan
  /** the mark that hosts get first */
  readonly held: HeldFacts
  readonly founding: string
  readonly locked: (host: HostName) => Promise<Locked>
  readonly emit: Emit
  /** ms that a step may take */
  readonly timeout: number
}

/** Former data that is kept on a host. */
const keptAside = 3

/** Bytes that a host can be expected to unpack and check within a millisecond. */
const unpackRate = 5_000

/** Uploads the backup to every host that needs it and has it verified there, beside whatever runs. */
export const stage = (how: Restoring): Promise<void> =>
  each(how, how.plan.hosts, 'is given the backup', async (host, { isSwapped }) => {
    if (isSwapped) return
    const { restore, path, size, sha256, files } = how.backup
    const staged = `restore-${restore}.${how.held.since}`
    const at = { task: `restore/${host.host}`, host: host.host }
    await host.send(createReadStream(path, { highWaterMark: 2 ** 20 }), staged, size, (done) => {
      if (done === size) how.emit({ ...at, is: 'progress', done, total: size, unit: 'bytes' })
    })
    const ms = how.timeout + Math.ceil(files.reduce((sum, file) => sum + file.size, 0) / unpackRate)
    await host.change(restoreStage, { staged, sum: sha256, restore, files }, AbortSignal.timeout(ms))
  })

/** Marks every host: from here on nothing is started by anybody. Where that fails on one and nobody was marked before, the others' marks go again. */
export async function markAll(how: Restoring): Promise<void> {
  const { held, plan } = how
  try {
    await each(how, plan.hosts, 'is marked', async (host, each) => {
      if (!each.isSwapped) await host.change(restoreMark, { held, owner: ownerOf(how, each) })
    })
  } catch (thrown) {
    if (!plan.isMarked) await releaseAll(how, true).catch(() => undefined)
    throw thrown
  }
}

/** Every host gets the same data and the same epochs, above any that was ever seen; only once all servers are stopped. */
export async function swapAll(how: Restoring, now: EnsembleFacts): Promise<void> {
  const { backup, goal, plan, held, founding } = how
  const data = await Promise.all(plan.hosts.map(async ({ host }) => (await how.locked(host)).ask(dataFiles, {})))
  const epoch = epochAbove(backup, data, now)
  await each(how, plan.hosts, 'gets the data', async (host, each) => {
    if (each.isNew) {
      const members = linesOf(goal).map(formatMember)
      const { ensemble } = goal
      const found = { ensemble, founding, host: each.host, id: each.id, members, initialize: false }
      await host.change(member, { found })
    }
    const step = { ...(each.isSwapped ? { ...held, phase: 'swapped' as const } : held) }
    await host.change(restoreSwap, { held: step, owner: ownerOf(how, each), files: backup.files, epoch })
  })
}

/** First every mark says that all is in place, then they go. */
export async function releaseAll(how: Restoring, givenUp = false): Promise<void> {
  const { plan, held, backup } = how
  if (!givenUp)
    await each(how, plan.hosts, 'is finished', (host, each) =>
      host.change(restoreMark, { held: { ...held, phase: 'release' }, owner: ownerOf(how, each) }),
    )
  await each(how, plan.hosts, 'may be started', async (host) => {
    await host.change(restoreRelease, { restore: backup.restore, givenUp, kept: keptAside })
  })
}

const ownerOf = ({ goal, founding }: Restoring, { host, id }: RestoreHost): MemberOwner => ({
  ensemble: goal.ensemble,
  founding,
  host,
  id,
})

/** Side by side, all to their ends; rejects with all Failures. */
async function each(
  { locked, emit }: Restoring,
  hosts: readonly RestoreHost[],
  title: string,
  work: (host: Locked, each: RestoreHost) => Promise<void>,
): Promise<void> {
  const outcomes = await Promise.allSettled(
    hosts.map(async (one) => {
      const at = { task: `restore/${one.host}`, host: one.host }
      emit({ ...at, is: 'begun', title })
      try {
        await work(await locked(one.host), one)
        emit({ ...at, is: 'ended', outcome: 'done', note: title })
      } catch (thrown) {
        emit({ ...at, is: 'ended', outcome: 'failed' })
        throw new Failures(failuresOf(thrown, 'restore').map((failure) => failure.of(one.host)))
      }
    }),
  )
  const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? failuresOf(outcome.reason) : []))
  if (failed.length > 0) throw new Failures(failed)
}

/** The servers that a restore found running although all were stopped: nothing was set aside. */
export const stillRuns = (host: HostName): Failure =>
  new Failure({
    host,
    step: 'restore',
    got: 'its server still runs, so no data was touched anywhere',
    hint: 'run the same command again; see `status`',
  })
