import { createReadStream } from 'node:fs'
import { tellBytes } from '../../hosts/progress.ts'
import { during } from '../../model/during.ts'
import type { Emit } from '../../model/event.ts'
import { onHost } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import { together } from '../../model/together.ts'
import { dataFiles } from '../../remote/data-files.ts'
import type { RestoreMark } from '../../remote/host-facts.ts'
import { member, type MemberOwner } from '../../remote/member.ts'
import type { Locked } from '../../remote/remote.ts'
import { restoreMark, restoreRelease, restoreStage, restoreSwap, type Sums } from '../../remote/restore-host.ts'
import { formatMember } from '../../zookeeper/config.ts'
import type { Converge } from '../desired.ts'
import type { EnsembleFacts } from '../facts.ts'
import { linesOf } from '../plan/founding.ts'
import { epochAbove, type RestoreHost, type RestorePlan, type ToRestore, zxidOfEpoch } from './plan.ts'

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
  readonly mark: RestoreMark
  readonly founding: string
  readonly locked: (host: HostName) => Promise<Locked>
  readonly emit: Emit
  /** ms that a step may take */
  readonly timeout: number
}

/** Bytes that a host can be expected to unpack and check within a millisecond. */
const unpackRate = 5_000

/** Uploads the backup to every host that needs it and has it verified there, beside whatever runs. */
export const stage = (how: Restoring): Promise<void> =>
  each(how, how.plan.hosts, 'is given the backup', async (host, { isSwapped }) => {
    if (isSwapped) return
    const { restore, path, size, sha256, files } = how.backup
    const staged = `restore-${restore}.${how.mark.since}`
    const at = { task: `restore/${host.host}`, host: host.host }
    const bytes = createReadStream(path, { highWaterMark: 2 ** 20 })
    await host.send(bytes, staged, size, tellBytes(how.emit, at, size))
    const ms = how.timeout + Math.ceil(files.reduce((sum, file) => sum + file.size, 0) / unpackRate)
    await host.change(restoreStage, { staged, sum: sha256, restore, files }, AbortSignal.timeout(ms))
  })

/** Marks every host: from here on nothing is started by anybody. Where that fails on one and nobody was marked before, the others' marks go again. */
export async function markAll(how: Restoring): Promise<void> {
  const { mark, plan } = how
  try {
    await each(how, plan.hosts, 'is marked', async (host, each) => {
      if (!each.isSwapped) await host.change(restoreMark, { mark, owner: ownerOf(how, each) })
    })
  } catch (thrown) {
    const { restore } = mark
    const marked = plan.hosts.map((each) => ({ host: each.host, restore, owner: ownerOf(how, each) }))
    if (!plan.isMarked) await giveUp(how, marked).catch(() => undefined)
    throw thrown
  }
}

/**
 * Every host gets the same data, the same epochs, above any that was ever seen, and the same members; only once all servers are stopped. The
 * members' lines count as of that epoch, so that they are newer than what a host knows that was left out. They come last: until the first
 * data is replaced all of it can be taken back.
 */
export async function swapAll(how: Restoring, now: EnsembleFacts): Promise<void> {
  const { backup, goal, plan, mark } = how
  // What is left out has to be older, too.
  const seen = now.members.filter(({ laid }) => laid.is === 'present')
  const data = await Promise.all(seen.map(async ({ host }) => (await how.locked(host)).ask(dataFiles, {})))
  const epoch = epochAbove(backup, data, now)
  await each(how, plan.hosts, 'gets the data', async (host, each) => {
    const owner = ownerOf(how, each)
    const found = { ...owner, members: linesOf(goal).map(formatMember), initialize: false }
    if (each.isNew) await host.change(member, { found })
    await host.change(restoreSwap, { mark, owner, files: backup.files, epoch })
    await host.change(member, { found: { ...found, anew: true, version: zxidOfEpoch(epoch) } })
  })
}

/** First every mark says that all is in place, then they go. */
export async function releaseAll(how: Restoring): Promise<void> {
  const { plan, mark, backup } = how
  await each(how, plan.hosts, 'is finished', (host, each) =>
    host.change(restoreMark, { mark: { ...mark, phase: 'release' }, owner: ownerOf(how, each) }),
  )
  await each(how, plan.hosts, 'may be started', async (host, each) => {
    const owner = ownerOf(how, each)
    await host.change(restoreRelease, { restore: backup.restore, owner, givenUp: false })
  })
}

/** Takes marks away under which nothing was replaced yet, with the copies beside the data; each host looks for itself. */
export const giveUp = (
  how: Pick<Restoring, 'locked' | 'emit'>,
  marked: readonly { readonly host: HostName; readonly restore: string; readonly owner: MemberOwner }[],
): Promise<void> =>
  each(how, marked, 'may be started again', async (host, { restore, owner }) => {
    await host.change(restoreRelease, { restore, owner, givenUp: true })
  })

const ownerOf = ({ goal, founding }: Restoring, { host, id }: RestoreHost): Required<MemberOwner> => ({
  ensemble: goal.ensemble,
  founding,
  host,
  id,
})

/** Side by side, all to their ends; rejects with all Failures. */
async function each<T extends { readonly host: HostName }>(
  { locked, emit }: Pick<Restoring, 'locked' | 'emit'>,
  hosts: readonly T[],
  title: string,
  work: (host: Locked, each: T) => Promise<void>,
): Promise<void> {
  await together(
    hosts.map((one) => {
      const at = { task: `restore/${one.host}`, host: one.host }
      const works = async () => work(await locked(one.host), one)
      return onHost(one.host, () => during(emit, at, title, works, () => ({ note: title })), 'restore')
    }),
  )
}
