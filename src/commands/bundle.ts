import { open } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { digestsIn, refuseSecrets, strike, strikeAll } from '../hosts/strike.ts'
import { shareable } from '../inventory/shareable.ts'
import { writeBundle } from '../local/bundle-file.ts'
import { isSealed, readSecrets } from '../local/secrets.ts'
import { type Failure, failuresOf } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import { bundle as script } from '../remote/bundle.ts'
import { checkFile } from '../tree/export/out.ts'
import { treesSeen } from '../tree/status.ts'
import { digestId } from '../zookeeper/digest.ts'
import type { Reader } from '../zookeeper/zookeeper.ts'
import { statusResult, statusSeen } from './shared/apply/status-result.ts'
import { type Fleet, remoteOn, whyUnreached, withFleet } from './shared/look/fleet.ts'
import { observe, type Seen } from './shared/look/observe.ts'
import { planDocument } from './shared/plan/document.ts'
import { notDone, planUp } from './shared/plan/planned.ts'
import { equip } from './shared/prepare/equip.ts'
import { readerAuth } from './shared/prepare/identity.ts'
import { prepare, readerOf } from './shared/prepare/prepare.ts'
import { fileTime } from './shared/run/file-time.ts'
import { unlessInterrupted } from './shared/run/interrupted.ts'
import type { Result } from './shared/run/result.ts'
import type { Run } from './shared/run/run.ts'
import { version } from './shared/run/version.ts'

export interface BundleOptions {
  readonly out?: string
}

/** Bytes of all server logs together, and of one at most; and of the audit. */
const bounds = { logs: 32 * 1024 * 1024, log: 1024 * 1024, audit: 256 * 1024 }

/**
 * Facts, settings, ends of logs, status and plan in one archive, for somebody who was not there. What is out of reach, or cannot be made
 * without secrets, is said inside. Nothing is written where a known secret is left in it.
 */
export const bundle = async (run: Run<BundleOptions>): Promise<Result> => {
  const time = fileTime(Date.now())
  const root = `${run.inventory.ensemble}-${time}.bundle`
  const path = resolve(run.options.out ?? `${root}.tar.gz`)
  checkFile(path)
  return withFleet(run, async (fleet) => {
    const told = await unlessInterrupted(run, gather(run, fleet))
    const secrets = await secretsOf(run, told)
    const files = new Map(
      [...told].map(([name, value]) => [
        name,
        typeof value === 'string' ? strike(value, secrets) : `${JSON.stringify(strikeAll(value, secrets), null, 2)}\n`,
      ]),
    )
    refuseSecrets(files, secrets)
    const size = await writeBundle(path, root, files)
    const lines = [
      path,
      `${Math.ceil(size / 1024)} KiB, ${files.size} files, known secrets struck out: look through it before you send it`,
    ]
    return { is: 'said', lines, failures: [...fleet.unreached.values()], exit: 0 }
  })
}

/** A text as it is, or what is written as JSON. */
type Told = Map<string, unknown>

async function gather(run: Run<BundleOptions>, fleet: Fleet): Promise<Told> {
  const most = Math.min(bounds.log, Math.floor(bounds.logs / Math.max(1, run.inventory.hosts.length)))
  const [looked, audit, ...pieces] = await Promise.all([look(run, fleet), auditOf(run), ...piecesOf(run, fleet, most)])
  const { options } = run
  const operator = { version, node: process.version, platform: process.platform, arch: process.arch, options }
  return new Map<string, unknown>([
    ['versions.json', operator],
    ['inventory.json', shareable(run.inventory)],
    ...looked,
    ['audit.jsonl', audit],
    ...pieces.flat(),
  ])
}

/** Facts, status and plan, as far as they can be had. */
async function look(run: Run, fleet: Fleet): Promise<readonly (readonly [string, unknown])[]> {
  const { seen, status, plan } = await planned(run, fleet).catch((thrown: unknown) =>
    unplanned(run, fleet, failuresOf(thrown, 'prepare a plan')),
  )
  return [
    ['status.json', status],
    ['plan.json', plan],
    ['ensemble.json', seen.ensemble],
    ...[...seen.hosts].map(([host, fact]) => [`hosts/${host}/facts.json`, fact] as const),
  ]
}

interface Looked {
  readonly seen: Seen<unknown>
  readonly status: unknown
  readonly plan: unknown
}

async function planned(run: Run, fleet: Fleet): Promise<Looked> {
  const known = await prepare(run)
  const seen = await observe(run, fleet, readerOf(run, known))
  const prepared = await equip(run, known, seen)
  const plan = planUp(run, prepared, seen)
  return {
    seen,
    status: statusResult(run, seen, []).status,
    plan: { ...planDocument(run, plan), refusals: notDone(plan) },
  }
}

/** Without secrets, and whatever else keeps a plan from being made. */
async function unplanned(run: Run, fleet: Fleet, failures: readonly Failure[]): Promise<Looked> {
  const read = (session: Reader) => treesSeen(session, run.inventory.trees)
  const seen = await observe(run, fleet, { auth: await readerAuth(run), read })
  return { seen, status: statusSeen(run, seen).status, plan: { refusals: failures } }
}

/** Of each host its listings, settings and logs; of one that cannot be asked, why. */
function piecesOf(run: Run, fleet: Fleet, most: number): Promise<readonly (readonly [string, unknown])[]>[] {
  const without = (host: HostName, why: readonly Failure[]) => [[`hosts/${host}/unreachable.json`, why] as const]
  return run.inventory.hosts.map(async ({ name }) => {
    const remote = remoteOn(fleet, name)
    if (remote === undefined) return without(name, [whyUnreached(fleet, name)])
    return remote.ask(script, { most }).then(
      (pieces) => Object.entries(pieces).map(([piece, text]) => [`hosts/${name}/${piece}`, text] as const),
      (thrown: unknown) => without(name, failuresOf(thrown, 'bundle')),
    )
  })
}

/** The end of the audit; it never holds a secret. */
async function auditOf({ inventory }: Run): Promise<string> {
  try {
    const file = await open(join(inventory.state, 'audit.jsonl'), 'r')
    try {
      const { size } = await file.stat()
      const { buffer, bytesRead } = await file.read({
        position: Math.max(0, size - bounds.audit),
        length: bounds.audit,
        buffer: Buffer.alloc(bounds.audit),
      })
      return buffer.subarray(0, bytesRead).toString('utf8')
    } finally {
      await file.close()
    }
  } catch (thrown) {
    return `${failuresOf(thrown, 'read the audit')
      .map(({ got }) => got)
      .join('\n')}\n`
  }
}

/** Everything that must not be seen: what secrets.json holds, and the digests that the hosts themselves have. */
async function secretsOf({ inventory, passphrase }: Run, told: Told): Promise<readonly string[]> {
  const reading = readSecrets(inventory, passphrase.ask)
  // Told where it is waited for, below.
  reading.catch(() => undefined)
  // What is sealed is known to be there, and has to be struck out.
  const known = await ((await isSealed(inventory).catch(() => false)) ? reading : reading.catch(() => undefined))
  const held = [known?.passwords ?? {}, known?.former ?? {}].flatMap((each) => Object.entries(each))
  const passwords = held.flatMap(([name, secret]) => {
    const digest = digestId(name, secret)
    return [secret.reveal(), digest, digest.slice(name.length + 1)]
  })
  const ids = Object.values(known?.ids ?? {}).flatMap((id) => [id, id.slice(id.lastIndexOf(':') + 1)])
  const rest: unknown = JSON.parse(known?.rest.reveal() ?? '{}')
  const found = [...told.values()].flatMap((value) =>
    digestsIn(typeof value === 'string' ? value : JSON.stringify(value)),
  )
  return [...new Set([...passwords, ...ids, ...leavesOf(rest), ...found])].sort((a, b) => b.length - a.length)
}

/** Every text in a value, and each long line of it: a key may stand in a log line by line. */
function leavesOf(value: unknown): readonly string[] {
  if (typeof value === 'string')
    return [value, ...value.split('\n').filter((line) => line.length >= 32 && !line.startsWith('-----'))]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : []
}
