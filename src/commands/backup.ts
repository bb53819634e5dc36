import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { askingOf } from '../ensemble/ask.ts'
import { sourceOf } from '../ensemble/backup/source.ts'
import { replayOn, sameEnd, type TakenSet, takeSet } from '../ensemble/backup/take.ts'
import { type MemberFacts, stampOf } from '../ensemble/facts.ts'
import type { HeldLock } from '../hosts/lock.ts'
import { laterVersions } from '../hosts/preflight.ts'
import { spoolBeside, writeBackup } from '../local/backup-file.ts'
import type { BackupManifest } from '../local/backup-manifest.ts'
import { readSecrets } from '../local/secrets.ts'
import type { PlanDocument } from '../model/documents.ts'
import { during } from '../model/during.ts'
import { Failures, failuresOf, throwAll } from '../model/failure.ts'
import type { Secret } from '../model/secret.ts'
import { shortZxid } from '../model/zxid.ts'
import type { Locked } from '../remote/remote.ts'
import { sweep } from '../remote/sweep.ts'
import { checkFile } from '../tree/export/out.ts'
import { formatMember } from '../zookeeper/config.ts'
import { digestPrint } from '../zookeeper/digest.ts'
import { underLock } from './shared/apply/lock.ts'
import { clientOf } from './shared/look/client-ports.ts'
import { type Fleet, withFleet } from './shared/look/fleet.ts'
import { noTrees, observe, type Seen } from './shared/look/observe.ts'
import { framed } from './shared/plan/document.ts'
import { currentReplay } from './shared/plan/replay.ts'
import { showPlan } from './shared/plan/show-plan.ts'
import { fileTime } from './shared/run/file-time.ts'
import { goOn, unlessInterrupted } from './shared/run/interrupted.ts'
import type { Result } from './shared/run/result.ts'
import type { Run } from './shared/run/run.ts'
import { version } from './shared/run/version.ts'

export interface BackupOptions {
  readonly out?: string
}

/**
 * Saves all data of the running ensemble in one file: every write acknowledged before it began is in it. Takes the lock, since it holds on to
 * files on a host, and takes no member down. The file has its name only once it was replayed.
 */
export const backup = async (run: Run<BackupOptions>): Promise<Result> => {
  const { out } = run.options
  if (out !== undefined) checkFile(resolve(out))
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, noTrees))
    const from = chosen(run, seen)
    const plan = planOf(run, from)
    showPlan(run, plan)
    if (run.options.dryRun) return { is: 'plan', plan, exit: 0 }
    return underLock(run, fleet, seen.ensemble, async (lock) => {
      const fresh = await observe(run, fleet, noTrees)
      const path = resolve(out ?? nameOf(run, Date.now()))
      checkFile(path)
      const now = chosen(run, fresh)
      showPlan(run, planOf(run, now), plan)
      const { manifest, size } = await save(run, fleet, lock, { seen: fresh, from: now, path })
      const lines = [
        path,
        `${Math.ceil(size / 1024)} KiB, from ${manifest.from.host}, up to zxid ${shortZxid(manifest.zxid)}, replayed there`,
      ]
      return { is: 'said', lines, exit: 0 }
    })
  })
}

const nameOf = ({ inventory }: Run, at: number): string => `${inventory.ensemble}-${fileTime(at)}.backup.tar.gz`

function chosen({ options }: Run, { hosts, ensemble }: Seen<unknown>): MemberFacts {
  throwAll(laterVersions(hosts))
  const unseen = [...hosts.values()].flatMap((fact) => (fact.is === 'unknown' ? [fact.why] : []))
  if (unseen.length === hosts.size) throwAll(unseen)
  try {
    return sourceOf(ensemble, options.hosts === undefined ? undefined : new Set(options.hosts))
  } catch (thrown) {
    throw new Failures([...failuresOf(thrown), ...unseen])
  }
}

function planOf({ inventory }: Run, { host }: MemberFacts): PlanDocument {
  const summary = 'hold on to the newest snapshot and its logs in tmp, for as long as they are read'
  const changes = [{ kind: 'backup', host, path: 'tmp', summary, reason: 'a synced voter' }]
  return framed(inventory.ensemble, { changes })
}

interface Saving {
  readonly seen: Seen<unknown>
  readonly from: MemberFacts
  readonly path: string
}

async function save(run: Run, fleet: Fleet, lock: HeldLock, { seen, from, path }: Saving) {
  const host = await lock.of(from.host)
  const folder = `backup.${run.id}`
  const at = { task: `hosts/${from.host}`, host: from.host }
  const into = await spoolBeside(path, stampOf(from)?.founding ?? '')
  const work = async () => {
    const taken = await takeSet({
      host,
      asking: askingOf(fleet.dial),
      at: from.at ?? clientOf(run.inventory, from.host),
      folder,
      into,
      emit: run.emit,
      sleep,
      goOn: () => goOn(run, 'interrupted: no backup was made'),
    })
    goOn(run, 'interrupted: no backup was made')
    run.emit({ ...at, is: 'waiting', for: 'its replay' })
    const reached = await replayOn(
      host,
      `tmp/${folder}/version-2`,
      taken.files,
      currentReplay(run, seen.hosts.get(from.host)),
    )
    sameEnd(from.host, reached, taken.zxid)
    const manifest = manifestOf(run, from, taken, { ...seen, dman: await dmanOf(run) })
    const { size } = await writeBackup(path, manifest, into)
    return { manifest, size }
  }
  try {
    return await during(run.emit, at, 'is backed up', work, () => ({ note: 'backed up and replayed' }))
  } finally {
    await rm(into, { recursive: true, force: true })
    await letGo(run, host, folder)
  }
}

/** What stays behind is swept by the next run: no reason to fail. */
async function letGo(run: Run, host: Locked, folder: string): Promise<void> {
  try {
    await host.change(sweep, { paths: [`tmp/${folder}`] })
  } catch (thrown) {
    const text = failuresOf(thrown)[0].message
    run.emit({ task: `hosts/${host.host}`, host: host.host, is: 'log', level: 'warn', text })
  }
}

/** Whom the trees belong to; a backup is taken without secrets at hand, too. Amid a rotation ACLs may name either password. */
const dmanOf = ({ inventory, passphrase }: Run): Promise<Secret | undefined> =>
  readSecrets(inventory, passphrase.known).then(
    ({ passwords, former }) => (former === undefined ? passwords.dman : undefined),
    () => undefined,
  )

function manifestOf(
  run: Run,
  from: MemberFacts,
  taken: TakenSet,
  { ensemble, dman }: Pick<Seen<unknown>, 'ensemble'> & { readonly dman: Secret | undefined },
): BackupManifest {
  const { zxid, acknowledged, epochs, config, files } = taken
  const serving = ensemble.members.find(({ host }) => host === from.host)?.serving
  return {
    ensemble: run.inventory.ensemble,
    founding: stampOf(from)?.founding ?? '',
    at: new Date().toISOString(),
    from: { host: from.host, id: from.id, version: serving?.is === 'present' ? serving.value.version : null },
    by: version,
    zxid,
    acknowledged,
    epochs,
    membership: { version: config.version, members: config.members.map(formatMember) },
    ...(dman === undefined ? {} : { dman: digestPrint('dman', dman) }),
    files: files.map(({ name, size, sha256 }) => ({ name, size, sha256 })),
  }
}
