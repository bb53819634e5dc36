import type { Readable } from 'node:stream'
import type { Archive } from '../local/archive.ts'
import { type At, during, unlessFailed } from '../model/during.ts'
import type { Emit } from '../model/event.ts'
import { type Failure, failuresOf, Interrupted, onHost, throwAll } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import { makeOneByOne, type OneByOne } from '../model/one-by-one.ts'
import { sideBySide } from '../model/pool.ts'
import { together } from '../model/together.ts'
import { crontab } from '../remote/crontab.ts'
import { lay, type Laying } from '../remote/lay.ts'
import { member } from '../remote/member.ts'
import type { Locked } from '../remote/remote.ts'
import { sweep } from '../remote/sweep.ts'
import { unpack } from '../remote/unpack.ts'
import { withoutCron } from './crontab.ts'
import type { HostChange } from './plan.ts'
import { tellBytes } from './progress.ts'

/** `token` names the run: what it stages carries it, so that a dead run's staging is known as a left-over. */
export interface LayingOut {
  readonly token: string
  readonly open: (archive: Archive) => Readable
  readonly emit: Emit
}

type Of<Kind extends HostChange['kind']> = Extract<HostChange, { kind: Kind }>
const of = <Kind extends HostChange['kind']>(changes: readonly HostChange[], kind: Kind): readonly Of<Kind>[] =>
  changes.filter((change): change is Of<Kind> => change.kind === kind)

// data/ is made by a founding: an empty one would be none of anybody's.
const folders = ['bin', 'log', 'run', 'cache', 'tmp', 'releases']

/**
 * Does these changes of one host. First goes what fills the disk: left-overs of a dead run, and releases of failed tries. Then, all at once,
 * archives go up and are unpacked, files and conf releases are laid, and the crontab is written. Last, old data goes and the supervisor is
 * started. A dead run's scripts were outcomesOf when the lock was taken. Rejects with all Failures; what was done stays, and the next plan is
 * without it.
 */
async function layOut(host: Locked, changes: readonly HostChange[], how: LayingOut, oneByOne: OneByOne): Promise<void> {
  await telling(host, changes, how.emit, async () => {
    await before(host, changes)
    await together([
      layFiles(host, changes),
      bring(
        host,
        of(changes, 'unpack').map(({ archive }) => archive),
        how,
      ),
      // Homes of one user on one machine share a crontab, which is read and written as a whole.
      ...of(changes, 'write-crontab').map(({ lines, boot }) =>
        oneByOne(boot, () => writeCrontab(host, lines.text, how.emit)),
      ),
    ])
    await after(host, changes)
  })
}

/** Does changes of one host, told as begun and ended; rejects with all Failures. */
async function telling(
  { host }: Locked,
  changes: readonly HostChange[],
  emit: Emit,
  work: () => Promise<void>,
): Promise<void> {
  if (changes.length === 0) return
  const words = `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`
  const at = { task: `hosts/${host}`, host }
  await onHost(host, () => during(emit, at, words, work, () => ({ note: `${words} made` })), 'lay out')
}

/** How many hosts are worked on. */
interface Many {
  readonly concurrency: number
  readonly interrupted: AbortSignal
}

type Plans = ReadonlyMap<HostName, readonly HostChange[]>
type LockOf = (host: HostName) => Promise<Locked>

/**
 * All changes but those that have to wait until all members serve: on many hosts, at most `concurrency` at a time; `lockOf` gives each as one
 * that may be changed. A host that fails stops none of the others; after Ctrl-C no further one is begun. Rejects with all Failures.
 */
export const layOutAll = (lockOf: LockOf, plans: Plans, how: LayingOut & Many): Promise<void> => {
  const oneByOne = makeOneByOne()
  return eachHost(lockOf, part(plans, false), how, (host, changes) => layOut(host, changes, how, oneByOne))
}

/** The rest of it, once all members serve what was laid: removes the releases that are older than the one to go back to. */
export const tidyAll = (lockOf: LockOf, plans: Plans, how: Pick<LayingOut, 'emit'> & Many): Promise<void> =>
  eachHost(lockOf, part(plans, true), how, (host, changes) =>
    telling(host, changes, how.emit, async () => {
      await host.change(sweep, { releases: releasesOf(changes) })
    }),
  )

const releasesOf = (changes: readonly HostChange[]) => of(changes, 'remove-release').map(({ release }) => release)

/** Not done before all members serve what was laid for them. */
const waits = (change: HostChange): boolean => change.kind === 'remove-release' && change.once === 'serves'

const part = (plans: Plans, waiting: boolean): Plans =>
  new Map([...plans].map(([host, changes]) => [host, changes.filter((change) => waits(change) === waiting)]))

async function eachHost(
  lockOf: LockOf,
  plans: Plans,
  how: Many,
  work: (host: Locked, changes: readonly HostChange[]) => Promise<void>,
): Promise<void> {
  const changing = [...plans].filter(([, changes]) => changes.length > 0)
  const undone: HostName[] = []
  const failed: Failure[] = []
  await sideBySide(how.concurrency, changing, async ([host, changes]) => {
    if (how.interrupted.aborted) return void undone.push(host)
    const done = lockOf(host).then((locked) => work(locked, changes))
    await done.catch((thrown: unknown) => failed.push(...failuresOf(thrown)))
  })
  throwAll([...failed, ...(undone.length > 0 ? [interruptedBefore(undone)] : [])])
}

const interruptedBefore = (hosts: readonly HostName[]): Failure =>
  new Interrupted({
    step: 'lay out the hosts',
    got: `interrupted between two hosts; left to do: ${hosts.join(', ')}`,
    hint: 'run the same command again: it goes on from here',
  })

async function before(host: Locked, changes: readonly HostChange[]): Promise<void> {
  const paths = of(changes, 'sweep').flatMap((change) => change.paths)
  const releases = releasesOf(changes)
  if (paths.length + releases.length > 0) await host.change(sweep, { paths, releases })
}

async function after(host: Locked, changes: readonly HostChange[]): Promise<void> {
  const asides = of(changes, 'remove-aside').flatMap(({ paths }) => paths)
  if (asides.length > 0) await host.change(sweep, { asides })
  // It runs: then a start does nothing but to see to its supervisor.
  if (of(changes, 'supervise').length > 0) await host.change(member, { start: true })
}

/** Without cron the host works all the same, so this is no failure. */
async function writeCrontab(host: Locked, lines: string, emit: Emit): Promise<void> {
  const set = await host.change(crontab, { lines })
  if (set.is !== 'unknown') return
  const text = `${host.host}: the crontab was not changed: ${set.why}; ${withoutCron}`
  emit({ task: `hosts/${host.host}`, host: host.host, is: 'log', level: 'warn', text })
}

async function layFiles(host: Locked, changes: readonly HostChange[]): Promise<void> {
  const laying: Required<Laying> = {
    folders: of(changes, 'make-home').length > 0 ? folders : [],
    closed: of(changes, 'fix-modes').flatMap(({ paths }) => paths),
    files: of(changes, 'write-bin').map(({ name, text }) => ({ path: `bin/${name}`, text, executable: true })),
    confs: of(changes, 'write-conf').map(({ conf: { release, files, links } }) => ({
      release,
      files: Object.fromEntries(Object.entries(files).map(([name, { text }]) => [name, text])),
      links,
    })),
  }
  if (Object.values(laying).some((some) => some.length > 0)) await host.change(lay, laying)
}

/** One archive after the other, each unpacked while the next is on its way: so the host and the line to it work at once. */
async function bring(host: Locked, archives: readonly Archive[], how: LayingOut): Promise<void> {
  const [archive, ...rest] = archives
  if (archive === undefined) return
  const staged = `${archive.release}.${how.token}`
  const at = { task: `hosts/${host.host}/${archive.kind}`, host: host.host }
  await unlessFailed(how.emit, at, () => upload(host, archive, staged, at, how))
  await together([
    unlessFailed(how.emit, at, () => install(host, archive, staged, at, how.emit)),
    bring(host, rest, how),
  ])
}

async function upload(
  host: Locked,
  archive: Archive,
  staged: string,
  at: At,
  { open, emit }: LayingOut,
): Promise<void> {
  const { kind, version, size } = archive
  emit({ ...at, is: 'begun', title: version === undefined ? kind : `${kind} ${version}` })
  await host.send(open(archive), staged, size, tellBytes(emit, at, size))
}

async function install(host: Locked, archive: Archive, staged: string, at: At, emit: Emit): Promise<void> {
  const { sha256, release, kind } = archive
  emit({ ...at, is: 'waiting', for: 'unpacking' })
  const isNew = await host.change(unpack, { staged, sha256, release, kind })
  emit({ ...at, is: 'ended', outcome: isNew ? 'done' : 'unchanged' })
}
