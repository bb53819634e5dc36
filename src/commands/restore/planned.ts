import { type Converge, convergeGoal } from '../../ensemble/desired.ts'
import { currentOf, type EnsembleFacts, memberOf, serverOf } from '../../ensemble/facts.ts'
import { wayOf } from '../../ensemble/plan/way.ts'
import type { BackupToSend } from '../../ensemble/restore/apply.ts'
import { newMembers, unseenLeavers } from '../../ensemble/restore/members.ts'
import { planRestore, type RestorePlan, restoreProblems } from '../../ensemble/restore/plan.ts'
import { desiredHost } from '../../hosts/desired.ts'
import { type HostChange, shownChange } from '../../hosts/plan.ts'
import { laterVersions } from '../../hosts/preflight.ts'
import type { Backup } from '../../local/backup-file.ts'
import type { PlanDocument } from '../../model/documents.ts'
import { Failure } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import { shortZxid } from '../../model/zxid.ts'
import { type HostFacts, laidOn } from '../../remote/host-facts.ts'
import { digestPrint } from '../../zookeeper/digest.ts'
import type { Seen } from '../shared/look/observe.ts'
import { framed } from '../shared/plan/document.ts'
import { planHosts } from '../shared/plan/planned.ts'
import { preflightRefusals, secretsLost } from '../shared/plan/refusals.ts'
import type { Prepared } from '../shared/prepare/prepare.ts'
import type { Run } from '../shared/run/run.ts'

/** What a restore of one file does, and what forbids it. */
export interface Planned {
  readonly goal: Converge
  readonly plan: RestorePlan
  readonly hosts: ReadonlyMap<HostName, readonly HostChange[]>
  readonly backup: BackupToSend
  /** hosts whose server is to be stopped */
  readonly runs: readonly HostName[]
  /** who belongs now and then, where that changes */
  readonly membership: ReturnType<typeof newMembers>
  /** hosts that are to leave and cannot be seen to be stopped */
  readonly unseen: readonly HostName[]
  readonly refusals: readonly Failure[]
  /** what whoever runs it has to know and may go on with */
  readonly warnings: readonly string[]
  readonly document: PlanDocument
}

/** From what was seen; what is refused is in it, too. */
export function planOf(run: Run, prepared: Prepared, seen: Seen<unknown>, file: Backup): Planned {
  const goal = goalOf(run, prepared, seen.ensemble)
  const backup = toSend(file)
  const plan = planRestore(goal, seen.ensemble, backup)
  const refusals = [
    ...laterVersions(seen.hosts),
    ...restoreProblems(goal, seen.ensemble, plan.kind),
    ...secretsLost(prepared, seen),
  ]
  const hosts = refusals.length > 0 ? new Map() : hostsOf(run, prepared, seen)
  const more = refusals.length > 0 ? [] : [...preflightRefusals(run, prepared, seen), ...room(plan, seen, file)]
  const runs = seen.ensemble.members.filter(serverOf).map(({ host }) => host)
  const membership = plan.kind === 'finish' ? undefined : newMembers(goal, seen.ensemble)
  const unseen = plan.kind === 'finish' ? [] : unseenLeavers(goal, seen.ensemble)
  const told =
    plan.kind === 'finish' ? onlyFinishes(plan, backup, file) : otherOwner(run, prepared, plan, file, seen.ensemble)
  const warnings = [...told, ...amidRotation(prepared)]
  const planned = { goal, plan, hosts, backup, runs, membership, unseen, refusals: [...refusals, ...more], warnings }
  return { ...planned, document: documentOf(run, planned, file) }
}

const toSend = ({ path, size, sha256, manifest }: Backup): BackupToSend => {
  const { zxid, epochs, files } = manifest
  return { restore: sha256.slice(0, 12), path, size, sha256, zxid, epochs, files }
}

/** A host that runs nothing yet gets what the inventory asks for; any other starts as it is. */
function goalOf(run: Run, prepared: Prepared, now: EnsembleFacts): Converge {
  const { inventory, options, id } = run
  const asked = { timeout: options.timeout, founding: id, mayStopService: true }
  // What talks to all others as they are, also where those are on their way to or from TLS.
  const [stage] = wayOf(inventory, prepared.tls, now)
  return convergeGoal(inventory, asked, (host) => {
    const member = memberOf(now, host)
    return member !== undefined && currentOf(member) !== undefined
      ? {}
      : { conf: desiredHost(inventory, host, prepared, stage && [stage]).conf.release }
  })
}

/** What is laid: everything on a host that has no release yet, and only our scripts on any other, for they have to know the mark. */
function hostsOf(run: Run, prepared: Prepared, seen: Seen<unknown>): Planned['hosts'] {
  const all = planHosts(run, prepared, seen, [])
  return new Map(
    [...all].map(([host, changes]) => {
      const member = memberOf(seen.ensemble, host)
      const isBare = member === undefined || currentOf(member) === undefined
      return [host, changes.filter(({ kind }) => isBare || kind === 'write-bin' || kind === 'sweep')]
    }),
  )
}

/**
 * Upload, unpacked set, and the log of 64 MiB that ZooKeeper begins with; only where all of that is still to be brought; what an earlier try
 * brought and has to give way counts as free.
 */
function room({ kind, hosts }: RestorePlan, seen: Seen<unknown>, { size, manifest }: Backup): readonly Failure[] {
  const need = size + manifest.files.reduce((sum, file) => sum + file.size, 0) + 128 * 2 ** 20
  const bare = kind === 'finish' ? [] : hosts.filter(({ isSwapped }) => !isSwapped)
  return bare.flatMap(({ host }) => {
    const fact = seen.hosts.get(host)
    const free = fact?.is === 'present' ? freeOn(fact.value) : need
    if (free >= need) return []
    const MiB = (bytes: number) => Math.ceil(bytes / 2 ** 20)
    const got = `${MiB(free)} MiB are free, ${MiB(need)} MiB are needed`
    return [new Failure({ host, step: 'plan the restore', got, hint: 'free space there; the former data stays' })]
  })
}

const freeOn = ({ machine, laid }: HostFacts): number =>
  machine.filesystem.freeBytes + ((laid.is === 'present' ? laid.value.brought : undefined) ?? 0)

/** Former data on each host that was observed, by its paths. */
export const asidesOf = (hosts: Seen<unknown>['hosts']): ReadonlyMap<HostName, readonly string[]> =>
  new Map([...hosts].map(([host, fact]) => [host, laidOn(fact)?.asides ?? []]))

function documentOf(
  run: Run,
  { plan, hosts, backup, runs, membership }: Omit<Planned, 'document'>,
  file: Backup,
): PlanDocument {
  const what = wordsOf(file, backup)
  const laid = [...hosts.values()].flat().map(shownChange)
  const names = plan.hosts.map(({ host }) => host)
  const start = { kind: 'start', hosts: names, reason: 'every host has the same data' }
  if (plan.kind === 'finish')
    return framed(run.inventory.ensemble, {
      changes: laid,
      steps: [{ kind: 'release', hosts: names, reason: `${what} is on every host already` }, start],
    })
  const changes = plan.hosts.map(({ host, isSwapped, overwrites }) => ({
    kind: 'restore',
    host,
    path: 'data/version-2',
    summary: isSwapped ? `keep ${what}` : `${overwrites ? 'set the data aside for' : 'write'} ${what}`,
    reason: isSwapped ? 'an earlier try brought it there' : 'it is asked for',
  }))
  const members = plan.hosts.flatMap(({ host }) =>
    membership === undefined
      ? []
      : {
          kind: 'restore',
          host,
          path: 'data/zoo.cfg.dynamic',
          summary: `write ${membership.members} as the members`,
          reason: `they were ${membership.former}, and nobody serves who could change that`,
        },
  )
  const reason = 'data is replaced only while nobody serves'
  const stop = runs.length > 0 ? [{ kind: 'stop', hosts: [...runs], reason }] : []
  return framed(run.inventory.ensemble, {
    changes: [...laid, ...changes, ...members],
    steps: [...stop, { kind: 'restore', hosts: names, reason: what }, start],
  })
}

const wordsOf = ({ manifest }: Backup, { restore }: BackupToSend): string =>
  `the backup ${restore} of ${manifest.ensemble} (zxid ${shortZxid(manifest.zxid)}, ${manifest.at})`

/** What a person may take for a new restore of the same file only ends an earlier one, and that has to be said; nothing for any other. */
function onlyFinishes({ former }: RestorePlan, backup: BackupToSend, file: Backup): readonly string[] {
  if (former === undefined) return []
  const begun = new Date(former.since * 1000).toISOString()
  return [
    `${wordsOf(file, backup)} was brought to every host by the restore that ${former.who} began ${begun}: ` +
      'this run only ends that one, and no data is replaced. To restore the file once more, run the same command again after this.',
  ]
}

/**
 * An ensemble that lost its quorum amid a change of its passwords can't finish that before it has data. Both passwords are known until it is
 * finished, and what comes may name either, so it goes on with what was brought.
 */
const amidRotation = ({ secrets }: Prepared): readonly string[] =>
  secrets.former === undefined
    ? []
    : [
        'a change of the passwords was begun and is not finished: run `up` after this, which finishes it, in the trees of the backup, too',
      ]

/**
 * Where their znodes carry the digest of another password, the trees can be read and not written. Members that stand keep the super user that they
 * have, so `up` takes no other secrets.json for them: `secrets recover` is what gives such trees to new passwords.
 */
function otherOwner(
  { inventory }: Run,
  { secrets }: Prepared,
  plan: RestorePlan,
  { manifest }: Backup,
  { members }: EnsembleFacts,
): readonly string[] {
  // Where the former password is lost, `up` takes whichever the trees name for it.
  if (secrets.former !== undefined && secrets.former.dman === undefined) return []
  const { ensemble, founding, dman: owner } = manifest
  const recover = `move ${inventory.secrets} away after this, and run \`secrets recover\`: it gives them to new passwords`
  const isBare = members.every((member) => currentOf(member) === undefined)
  const way = isBare
    ? `put the secrets.json that ${ensemble} had (.dman/${ensemble}/secrets.json) in the place of ${inventory.secrets} before this; or ${recover}`
    : recover
  if (owner === undefined)
    return plan.founding === founding
      ? []
      : [
          `this backup does not tell whom its trees belong to: where that is another password of dman they can be read, and not written. To write them, ${way}`,
        ]
  const known = [secrets.passwords.dman, secrets.former?.dman].filter((dman) => dman !== undefined)
  if (known.length === 0 || known.some((dman) => digestPrint('dman', dman) === owner)) return []
  return [
    `the trees in the backup belong to another password of dman than this ensemble's: they can be read, and not written. To write them, ${way}`,
  ]
}
