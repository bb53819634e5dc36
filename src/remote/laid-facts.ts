import { absent, type Fact, present, unknown } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import type { ReleaseName, Sha256 } from '../model/names.ts'
import { stageIn } from '../model/tls-stage.ts'
import type { DataFacts, LaidFacts, MemberLaid, RestoreMark, ServerFacts, SupervisionFacts } from './host-facts.ts'
import { allSaid, fieldsOf, said, saidOf } from './records.ts'
import type { Records } from './remote.ts'

/** What observe-member.sh says of this host's member. Anything there that is not as we leave it is unknown, with the reason. */
export const memberLaid = (
  records: Records,
): Required<Omit<MemberLaid, 'members' | 'stages'>> & Pick<MemberLaid, 'members' | 'stages'> => ({
  current: currentOf(records, linksOf(said(records, 'links') ?? '')),
  served: servedOf(records, 0),
  data: dataOf(records),
  ...membersOf(records),
  ...stagesOf(records),
  server: serverOf(records),
  supervision: supervisionOf(records),
})

/** What both scripts say of ~/<home>. */
export function laidFacts(records: Records): LaidFacts {
  const links = linksOf(said(records, 'links') ?? '')
  return {
    ...memberLaid(records),
    previous: servedOf(records, 1),
    releases: allSaid(records, 'release').filter((name) => isRelease(name)),
    linked: linkedOf(links),
    conf: confOf(records, links),
    bin: binOf(said(records, 'bin') ?? ''),
    leftovers: leftoversOf(records),
    asides: allSaid(records, 'aside'),
    ...broughtOf(records),
    running: runningOf(records),
    open: linesOf(said(records, 'open') ?? ''),
    format: formatOf(records),
  }
}

const isRelease = (name: string): boolean => /^(java|zookeeper|conf)-[0-9a-f]{12}$/.test(name)

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '')

const cannotTell = (got: string): Fact<never> =>
  unknown(new Failure({ step: 'observe', got, hint: 'look at it on the host; move it away if it is not ours' }))

/** Targets of links by their path, out of `ls -dil`: `1234 lrwxrwxrwx … current -> releases/conf-…`. */
function linksOf(listing: string): ReadonlyMap<string, string> {
  const link = /^ *\d+ l.* (current(?:\/[^ /]+)?|releases\/conf-[^ /]+\/[^ /]+) -> (.*)$/
  const found = linesOf(listing).map((line) => link.exec(line))
  return new Map(found.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const])))
}

function currentOf(records: Records, links: ReadonlyMap<string, string>): Fact<ReleaseName> {
  if (!/ current(\n| -> |$)/.test(said(records, 'links') ?? '')) return absent
  const name = /^releases\/([^/]+)$/.exec(links.get('current') ?? '')?.[1]
  return name !== undefined && isRelease(name) ? present(name) : cannotTell('current is no link to a release')
}

function confOf(records: Records, links: ReadonlyMap<string, string>): LaidFacts['conf'] {
  const targets = [...links].flatMap(([path, target]) => {
    const name = /^current\/(.+)$/.exec(path)?.[1]
    const release = /^\.\.\/([^/]+)$/.exec(target)?.[1]
    return name === undefined ? [] : [[name, release ?? target] as const]
  })
  return { files: saidOf(records, 'conf'), links: Object.fromEntries(targets) }
}

/** `HASH  bin/NAME` lines of sha256sum. */
const binOf = (sums: string): Readonly<Record<string, Sha256>> =>
  Object.fromEntries(
    linesOf(sums).flatMap((line) => {
      const [, sum, name] = /^([0-9a-f]{64}) [ *]bin\/(.+)$/.exec(line) ?? []
      return sum === undefined || name === undefined ? [] : [[name, sum]]
    }),
  )

/** A small file's text: present as it was read, unknown where it is there but cannot be read. */
function textFact(records: Records, key: string, file: string): Fact<string> {
  const text = said(records, key)
  if (text !== undefined) return present(text)
  return allSaid(records, 'unreadable').includes(key) ? cannotTell(`${file} cannot be read`) : absent
}

/** A line of run/served: what served last, what served before that. */
function servedOf(records: Records, line: 0 | 1): Fact<ReleaseName> {
  const fact = textFact(records, 'served', 'run/served')
  if (fact.is !== 'present') return fact
  const name = fact.value.trim().split('\n')[line]
  if (name === undefined) return absent
  return isRelease(name) ? present(name) : cannotTell('run/served names no release')
}

/** Which releases each conf release links to, by its name. */
function linkedOf(links: ReadonlyMap<string, string>): LaidFacts['linked'] {
  const linked: Record<ReleaseName, readonly ReleaseName[]> = {}
  for (const [path, target] of links) {
    const conf = /^releases\/([^/]+)\//.exec(path)?.[1]
    const release = /^\.\.\/([^/]+)$/.exec(target)?.[1]
    if (conf !== undefined && release !== undefined) linked[conf] = [...(linked[conf] ?? []), release]
  }
  return linked
}

function dataOf(records: Records): DataFacts {
  const stamp = textFact(records, 'stamp', 'data/stamp')
  const myid = textFact(records, 'myid', 'data/myid')
  const held = said(records, 'held') !== undefined || stamp.is !== 'absent' || myid.is !== 'absent'
  return {
    is: held ? 'held' : 'empty',
    stamp: stamp.is === 'present' ? stampIn(stamp.value) : stamp,
    myid: myid.is === 'present' ? present(myid.value.trim()) : myid,
    initialize: said(records, 'initialize') !== undefined,
    started: said(records, 'started') !== undefined,
    mark: restoreMarkIn(records),
  }
}

function restoreMarkIn(records: Records): Fact<RestoreMark> {
  const mark = textFact(records, 'mark', 'data/held')
  return mark.is === 'present' ? markIn(mark.value) : mark
}

/** What data/held says. */
function markIn(text: string): Fact<RestoreMark> {
  const fields = fieldsOf(text)
  const [restore = '', phase, since = '', who = ''] = ['restore', 'phase', 'since', 'who'].map((key) => fields.get(key))
  const isPhase = phase === 'hold' || phase === 'swapped' || phase === 'release'
  if (!/^[0-9a-f]{12}$/.test(restore) || !isPhase || !/^\d+$/.test(since))
    return cannotTell('data/held is none of ours')
  const over = fields.get('over')
  return present({ restore, phase, since: Number(since), who, ...(over === undefined ? {} : { over }) })
}

function stampIn(text: string): DataFacts['stamp'] {
  const fields = fieldsOf(text)
  const [ensemble, founding, host, id] = ['ensemble', 'founding', 'host', 'id'].map((key) => fields.get(key) ?? '')
  if (!ensemble || !founding || !host || id === undefined || !/^\d+$/.test(id))
    return cannotTell('data/stamp is none of ours')
  return present({ ensemble, founding, host, id: Number(id) })
}

function stagesOf(records: Records): Pick<LaidFacts, 'stages'> {
  const said = Object.entries(saidOf(records, 'tls')).map(([conf, text]) => [conf, stageIn(text) ?? null] as const)
  return said.length === 0 ? {} : { stages: Object.fromEntries(said) }
}

function membersOf(records: Records): Pick<LaidFacts, 'members'> {
  const lines = said(records, 'members')
  if (lines === undefined) return {}
  const version = /^zoo\.cfg\.dynamic\.([0-9a-f]{1,16})$/.exec(said(records, 'membersfile') ?? '')?.[1] ?? ''
  return { members: { version, lines } }
}

/** A run/server that is not whole names no process, so nothing of ours runs by it: the start writes it before there is Java. */
function serverOf(records: Records): Fact<ServerFacts> {
  const fact = textFact(records, 'server', 'run/server')
  if (fact.is !== 'present') return fact
  const fields = fieldsOf(fact.value)
  const [start = '', nonce = '', conf = ''] = ['start', 'nonce', 'conf'].map((key) => fields.get(key))
  const pid = Number(fields.get('pid'))
  if (!Number.isInteger(pid) || pid < 1) return cannotTell('run/server names no process')
  const lastWords = said(records, 'lastwords')?.trim() ?? ''
  const ended = lastWords === '' ? {} : { lastWords }
  const alive = said(records, 'alive') === 'yes'
  return present({ pid, start, nonce, conf, alive, ...(alive ? ageOf(records, start) : {}), ...ended })
}

/** Linux counts the start of a process in ticks of 1/100 s since the boot, whatever its own timer does: USER_HZ of proc(5). */
function ageOf(records: Records, start: string): Pick<ServerFacts, 'age'> {
  const age = Number(said(records, 'uptime') ?? Number.NaN) - Number(start) / 100
  return Number.isFinite(age) ? { age: Math.max(0, age) } : {}
}

function supervisionOf(records: Records): SupervisionFacts {
  const failing = textFact(records, 'failing', 'run/failing')
  return {
    wanted: said(records, 'wanted') !== undefined,
    alive: said(records, 'supervisor') !== undefined,
    failing: failing.is === 'present' ? present(failingIn(failing.value)) : failing,
  }
}

function failingIn(text: string): { times: number; words: string } {
  const fields = fieldsOf(text)
  return { times: Number(fields.get('times')) || 1, words: fields.get('words') ?? '' }
}

/** Changing scripts that are registered and live. */
export const runningOf = (records: Records): LaidFacts['running'] =>
  livingOf(records).map(({ script, pid, start, token }) => ({ script, pid, start, token }))

/** `SCRIPT PID START TOKEN STAGED` lines of the prelude's living_changes. */
const livingOf = (records: Records) =>
  linesOf(said(records, 'living') ?? '').map((line) => {
    const [script = '', pid = '', start = '', token = '', staged = ''] = line.split(' ')
    return { script, pid: Number(pid), start, token, staged }
  })

function leftoversOf(records: Records): readonly string[] {
  const written = new Set(livingOf(records).flatMap(({ pid, staged }) => [`tmp/work.${pid}`, `tmp/${staged}`]))
  const left = allSaid(records, 'left').filter((path) => !written.has(path))
  return [...left, ...linesOf(said(records, 'stale') ?? '')]
}

function broughtOf(records: Records): Pick<LaidFacts, 'brought'> {
  const bytes = said(records, 'brought') ?? ''
  return /^\d+$/.test(bytes) ? { brought: Number(bytes) } : {}
}

/** The highest `format: N` in anything of ours; 0 where nothing has one. */
function formatOf(records: Records): number {
  const texts = ['stamp', 'server', 'lock', 'conf format', 'mark'].flatMap((key) => allSaid(records, key))
  return Math.max(0, ...texts.map((text) => Number(fieldsOf(text).get('format') ?? 0) || 0))
}
