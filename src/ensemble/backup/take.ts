import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { tellBytes } from '../../hosts/progress.ts'
import type { Emit } from '../../model/event.ts'
import type { Fact } from '../../model/fact.ts'
import { Failure } from '../../model/failure.ts'
import type { ReleaseName } from '../../model/names.ts'
import { backupLink, backupStream } from '../../remote/backup-files.ts'
import { dataFiles } from '../../remote/data-files.ts'
import type { Locked } from '../../remote/remote.ts'
import { replay } from '../../remote/replay.ts'
import type { Endpoint, EnsembleConfig } from '../../zookeeper/config.ts'
import { newestSet, zxidOf } from '../../zookeeper/data-files.ts'
import type { Asking } from '../ask.ts'
import { receive, type Received } from './receive.ts'

/** What a backup is taken with. */
export interface SetTaking {
  readonly host: Locked
  readonly asking: Asking
  /** where that member listens for clients */
  readonly at: Endpoint
  /** name of a folder below the host's tmp, new with every run */
  readonly folder: string
  /** folder of the operator that the files come into */
  readonly into: string
  readonly emit: Emit
  readonly sleep: (ms: number) => Promise<void>
  /** throws where the run is to end */
  readonly goOn: () => void
}

/** A set that was received, and holds every write that was acknowledged before. Zxids are 16 hex digits. */
export interface TakenSet {
  readonly files: readonly Received[]
  /** of the last transaction in it */
  readonly zxid: string
  /** every write acknowledged before has it, or a lower one */
  readonly acknowledged: string
  readonly epochs: { readonly current: number | null; readonly accepted: number | null }
  readonly config: EnsembleConfig
}

/** A log may be purged or begun, or lag behind, while it is looked at. */
const tries = 5

/**
 * Holds on to the newest set of a member's data, and brings it here. A session is opened through that member in between: a write of the
 * quorum, so what was acknowledged before has a lower zxid, and the member's own zxid after it bounds both that and what a snapshot
 * that is finished by then may hold already. A member serves a write before its log has it, so the log that came has to reach that.
 */
export async function takeSet(how: SetTaking): Promise<TakenSet> {
  for (let attempt = 1; ; attempt += 1) {
    const taken = await attemptSet(how)
    if (!('got' in taken)) return taken
    if (attempt === tries) throw new Failure({ ...taken, host: how.host.host, step: 'take the backup' })
    await how.sleep(500)
    how.goOn()
  }
}

async function attemptSet({
  host,
  asking,
  at: client,
  folder,
  into,
  emit,
}: SetTaking): Promise<TakenSet | { got: string; hint: string }> {
  const have = await host.ask(dataFiles, {})
  const set = newestSet(
    have.files.map(({ name }) => name),
    have.whole,
  )
  if (set === undefined)
    return { got: 'no snapshot there is whole', hint: 'it writes one after its next start: `status` shows how it is' }
  const names = [set.snapshot, ...set.logs]
  await host.change(backupLink, { folder, names })
  const config = known(await asking.config(host.host, client))
  const acknowledged = known(await asking.serving(host.host, client, false)).zxid
  const total = have.files.reduce((sum, { name, size }) => sum + (names.includes(name) ? size : 0), 0)
  const at = { task: `hosts/${host.host}`, host: host.host }
  const stream = await host.open(backupStream, { folder, names })
  const received = await receive(stream, into, tellBytes(emit, at, total))
  const empty = received.filter(({ log }) => log?.transactions === 0)
  await Promise.all(empty.map(({ name }) => rm(join(into, name))))
  const files = received.filter((file) => !empty.includes(file))
  const zxid = lastOf(files)
  if (zxid < acknowledged)
    return {
      got: `its log ends at 0x${zxid}, and it had served 0x${acknowledged}`,
      hint: 'see whether its disk is slow or full, and run it again',
    }
  const epochs = { current: have.currentEpoch ?? null, accepted: have.acceptedEpoch ?? null }
  return { files, zxid, acknowledged, epochs, config }
}

const lastOf = (files: readonly Received[]): string =>
  files.reduce((most, { name, log }) => {
    const zxid = log?.last ?? zxidOf(name, 'snapshot') ?? ''
    return zxid > most ? zxid : most
  }, '')

function known<T>(fact: Fact<T>): T {
  if (fact.is === 'present') return fact.value
  if (fact.is === 'unknown') throw fact.why
  throw new Failure({
    step: 'take the backup',
    got: 'the member does not serve any more',
    hint: 'see `status`, and run it again',
  })
}

const MiB = 2 ** 20
/** Bytes that a host can be expected to load within a millisecond, at the lowest priority. */
const loadRate = 10_000

/** With what a set is replayed on a host: its own releases. */
export interface ReplayWith {
  readonly java: ReleaseName
  readonly zookeeper: ReleaseName
  /** text of the conf release's file jvm */
  readonly jvm: string
  /** bytes that a member may take there */
  readonly heap: number
  /** ms that a step may take */
  readonly timeout: number
}

/** Loads the set `files` in the host's folder `from` there, as a starting member would; the zxid it reached. */
export async function replayOn(
  host: Locked,
  from: string,
  files: readonly Pick<Received, 'name' | 'size' | 'sha256'>[],
  { java, zookeeper, jvm, heap, timeout }: ReplayWith,
): Promise<string> {
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  // A znode takes several times its bytes on disk; where it needs more than a member has, a member could not load it either.
  const limit = Math.min(Math.max(heap, 64 * MiB), 64 * MiB + 8 * bytes)
  const ms = timeout + Math.ceil(bytes / loadRate)
  const options = jvm.split('\n').filter((line) => /^-D(jute\.maxbuffer|zookeeper\.[A-Za-z0-9._]+)=/.test(line))
  const plain = files.map(({ name, size, sha256 }) => ({ name, size, sha256 }))
  const args = { from, files: plain, java, zookeeper, heap: limit / MiB, options, patience: ms / 1000 }
  return host.change(replay, args, AbortSignal.timeout(ms + 30_000))
}

/** A replay that ended elsewhere than the set does: it is not used. */
export function sameEnd(host: string, reached: string, zxid: string): void {
  if (reached === zxid) return
  throw new Failure({
    host,
    step: 'replay the backup',
    got: `it reached 0x${reached}, and the backup ends at 0x${zxid}`,
    hint: 'it is not used; run it again, and if that happens again look at the data of that member',
    exit: 5,
  })
}
