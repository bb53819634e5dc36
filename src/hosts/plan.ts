import { createHash } from 'node:crypto'
import type { Archive } from '../local/archive.ts'
import { asidesKept } from '../model/asides.ts'
import type { PlannedChange } from '../model/documents.ts'
import type { HostName, ReleaseName, Sha256 } from '../model/names.ts'
import { type HostFacts, type LaidFacts, liveServer } from '../remote/host-facts.ts'
import { type CronLines, cronLines, ownLines, usableCrontab } from './crontab.ts'
import type { ConfRelease, DesiredHost } from './desired.ts'
import { diffOfConf, reasonOfConf, sameConf } from './plan/diff.ts'
import { spareReleases } from './plan/releases.ts'
import { oldAsides } from './room.ts'

/** One difference between a host and what it is to hold; `path` starts below ~/dman. */
export type HostChange = {
  readonly host: HostName
  readonly path: string
  readonly summary: string
  readonly reason: string
} &
  /** done by taking the lock: what is seen under it has none */
  (
    | { readonly kind: 'settle' }
    | { readonly kind: 'sweep'; readonly paths: readonly string[] }
    | { readonly kind: 'make-home' }
    | { readonly kind: 'fix-modes'; readonly paths: readonly string[] }
    | { readonly kind: 'unpack'; readonly archive: Archive }
    | { readonly kind: 'write-bin'; readonly name: string; readonly text: string }
    /** `diff`: against the current conf release, secrets struck out; empty where only a secret or a link differs */
    | { readonly kind: 'write-conf'; readonly conf: ConfRelease; readonly diff: string }
    /** `once: 'serves'`: not before all members serve what is desired; such changes are done by `tidyAll` */
    | { readonly kind: 'remove-release'; readonly release: ReleaseName; readonly once: 'now' | 'serves' }
    | { readonly kind: 'remove-aside'; readonly paths: readonly string[] }
    /** `boot`: of the machine, whose homes of one user share a crontab */
    | { readonly kind: 'write-crontab'; readonly lines: CronLines; readonly boot: string }
    /** its server runs, and nothing on the host would start it again */
    | { readonly kind: 'supervise' }
  )

const nothing: LaidFacts = {
  releases: [],
  current: { is: 'absent' },
  served: { is: 'absent' },
  previous: { is: 'absent' },
  conf: { files: {}, links: {} },
  linked: {},
  bin: {},
  data: { is: 'empty', stamp: { is: 'absent' }, myid: { is: 'absent' }, initialize: false, started: false },
  server: { is: 'absent' },
  supervision: { wanted: false, alive: false, failing: { is: 'absent' } },
  leftovers: [],
  asides: [],
  running: [],
  open: [],
  format: 0,
}

/**
 * What differs on one host, in the order in which it is done; empty when nothing does. `current` is not switched here: that
 * is the member's own step. `notes`: as spareReleases has them. Throws the Failure of a home that could not be observed: unknown is not absent.
 */
export function planHost(
  want: DesiredHost,
  have: HostFacts,
  notes: readonly ReleaseName[] = [],
): readonly HostChange[] {
  if (have.laid.is === 'unknown') throw have.laid.why.of(want.host)
  const laid = have.laid.is === 'present' ? have.laid.value : nothing
  const spare = spareReleases(want, laid, notes)
  return [
    ...settling(want.host, laid),
    ...sweeping(want.host, laid),
    ...removing(want, spare.now, 'now'),
    ...home(want, laid),
    ...modes(want.host, laid),
    ...unpacking(want, laid),
    ...bin(want, laid),
    ...conf(want, laid),
    ...cron(want, have),
    ...forgotten(want.host, laid),
    ...supervising(want.host, laid),
    ...removing(want, spare.serves, 'serves'),
  ]
}

/** A change as `plan` prints it. */
export function shownChange(change: HostChange): PlannedChange {
  const { kind, host, path, summary, reason } = change
  const diff = change.kind === 'write-conf' && change.diff !== '' ? { diff: change.diff } : {}
  return { kind, host, path, summary, reason, ...diff }
}

/** Hosts whose changes alter how the host keeps its member running. */
export const upkeepChanged = (plans: ReadonlyMap<HostName, readonly HostChange[]>): readonly HostName[] =>
  [...plans].flatMap(([host, changes]) =>
    changes.some(({ kind }) => kind === 'supervise' || kind === 'write-crontab') ? [host] : [],
  )

/** Some of many paths, for a line. */
function few(paths: readonly string[]): string {
  const shown = paths.slice(0, 3).map((path) => path.replace(/^\.\//, ''))
  return [...shown, ...(paths.length > 3 ? [`${paths.length - 3} more`] : [])].join(', ')
}

const settling = (host: HostName, { running }: LaidFacts): readonly HostChange[] =>
  running.length === 0
    ? []
    : [
        {
          kind: 'settle',
          host,
          path: 'run',
          summary: `wait for ${running.map(({ script, pid }) => `${script} (pid ${pid})`).join(', ')}, or end it`,
          reason: 'an earlier run left it running',
        },
      ]

const sweeping = (host: HostName, { leftovers }: LaidFacts): readonly HostChange[] =>
  leftovers.length === 0
    ? []
    : [
        {
          kind: 'sweep',
          host,
          path: 'tmp',
          summary: `sweep ${few(leftovers)}`,
          reason: 'an earlier run left it unfinished',
          paths: leftovers,
        },
      ]

const forgotten = (host: HostName, { asides }: LaidFacts): readonly HostChange[] => {
  const paths = oldAsides(asides)
  if (paths.length === 0) return []
  const reason = `of former data that was set aside the newest ${asidesKept} stay`
  return [{ kind: 'remove-aside', host, path: 'data', summary: `remove ${few(paths)}`, reason, paths }]
}

const removing = (
  { host }: DesiredHost,
  releases: readonly ReleaseName[],
  once: 'now' | 'serves',
): readonly HostChange[] =>
  releases.map((release) => ({
    kind: 'remove-release',
    host,
    path: `releases/${release}`,
    summary: `remove ${release}`,
    reason:
      once === 'now'
        ? 'neither the current nor the previous release needs it'
        : 'once all members serve it is older than the previous release',
    release,
    once,
  }))

// Taking the lock makes the home, so "is there a folder" would change the plan between its showing and its doing.
const home = (want: DesiredHost, laid: LaidFacts): readonly HostChange[] =>
  laid.releases.length > 0 || Object.keys(laid.bin).length > 0 || laid.data.is === 'held'
    ? []
    : [
        {
          kind: 'make-home',
          host: want.host,
          path: '.',
          summary: `make ~/${want.home}`,
          reason: 'there is nothing of ours yet',
        },
      ]

const modes = (host: HostName, { open }: LaidFacts): readonly HostChange[] =>
  open.length === 0
    ? []
    : [
        {
          kind: 'fix-modes',
          host,
          path: open.length === 1 ? few(open) : '.',
          summary: `shut group and others out of ${few(open)}`,
          reason: 'only its owner may read what is below the home',
          paths: open,
        },
      ]

const unpacking = (want: DesiredHost, laid: LaidFacts): readonly HostChange[] =>
  want.archives
    .filter(({ release }) => !laid.releases.includes(release))
    .map((archive) => ({
      kind: 'unpack',
      host: want.host,
      path: `releases/${archive.release}`,
      summary: `upload and unpack ${archive.release}${archive.version === undefined ? '' : ` (${archive.version})`}`,
      reason: `it is not there`,
      archive,
    }))

const sha256 = (text: string): Sha256 => createHash('sha256').update(text).digest('hex')

const bin = (want: DesiredHost, laid: LaidFacts): readonly HostChange[] =>
  Object.entries(want.bin)
    .filter(([name, text]) => laid.bin[name] !== sha256(text))
    .map(([name, text]) => ({
      kind: 'write-bin',
      host: want.host,
      path: `bin/${name}`,
      summary: `write bin/${name}`,
      reason: laid.bin[name] === undefined ? 'it is not there' : 'its content differs',
      name,
      text,
    }))

const conf = (want: DesiredHost, laid: LaidFacts): readonly HostChange[] =>
  want.way.flatMap((conf) => (isAsMade(conf, laid) ? [] : [writeConf(want, conf, laid)]))

const isCurrent = ({ release }: ConfRelease, { current }: LaidFacts): boolean =>
  current.is === 'present' && current.value === release

const isAsMade = (conf: ConfRelease, laid: LaidFacts): boolean =>
  laid.releases.includes(conf.release) && !(isCurrent(conf, laid) && !sameConf(conf, laid.conf))

function writeConf({ host }: DesiredHost, conf: ConfRelease, laid: LaidFacts): HostChange {
  const { release } = conf
  const reason = laid.releases.includes(release)
    ? 'it was altered on the host'
    : laid.current.is === 'absent'
      ? 'it is not there'
      : reasonOfConf(conf, laid.conf)
  return {
    kind: 'write-conf',
    host,
    path: `releases/${release}`,
    summary: `write ${release}`,
    reason,
    conf,
    diff: diffOfConf(conf, laid.conf),
  }
}

/** Where cron cannot be used, or that is not known, nothing is written: `check` and `status` say what follows from it (case 36). */
function cron(want: DesiredHost, have: HostFacts): readonly HostChange[] {
  const crontab = usableCrontab(have)
  if (crontab.is === 'unknown') return []
  const lines = cronLines(have.machine, want.home)
  const own = crontab.is === 'present' ? ownLines(crontab.value, lines) : ''
  if (own === lines.text) return []
  return [
    {
      kind: 'write-crontab',
      host: want.host,
      path: 'crontab',
      summary: 'write our lines into the crontab of the login',
      reason: own === '' ? 'they are not there' : 'they differ',
      lines,
      boot: have.machine.boot,
    },
  ]
}

function supervising(host: HostName, laid: LaidFacts): readonly HostChange[] {
  const { data, supervision } = laid
  const { wanted, alive } = supervision
  const isMarked = data.mark !== undefined && data.mark.is !== 'absent'
  if (liveServer(laid) === undefined || isMarked || (wanted && alive)) return []
  const summary = 'supervise the server that runs'
  const reason = wanted ? 'its supervisor does not run' : 'nothing would start it again'
  return [{ kind: 'supervise', host, path: 'run/supervisor', summary, reason }]
}

/** Whose former data goes: what is told of these hosts is not what was seen. */
export const forgottenBy = (hosts: ReadonlyMap<HostName, readonly HostChange[]>): readonly HostName[] =>
  [...hosts].flatMap(([host, changes]) => (changes.some(({ kind }) => kind === 'remove-aside') ? [host] : []))
