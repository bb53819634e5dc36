import { createHash } from 'node:crypto'
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import type { LaidFacts } from '../../remote/host-facts.ts'
import { type ConfRelease, redactedFiles, strikeOut } from '../desired.ts'

/** Unified diffs of all files of a conf release against those of the current one, secrets struck out on both sides. */
export function diffOfConf(want: ConfRelease, have: LaidFacts['conf']): string {
  const shown = redactedFiles(want)
  return [
    ...namesOf(have.files, shown).map((name) =>
      fileDiff(name, brief(strikeOut(have.files[name] ?? '')), brief(shown[name] ?? '')),
    ),
    fileDiff('links', linkLines(have.links), linkLines(want.links)),
  ].join('')
}

/** Whether the conf release on a host is what it was made as, as far as it may be shown. */
export const sameConf = (want: ConfRelease, have: LaidFacts['conf']): boolean => diffOfConf(want, have) === ''

/** Of a certificate a line that tells it from any other. */
const brief = (text: string): string =>
  text.replace(/(-----BEGIN CERTIFICATE-----\n)([^-]*)(-----END)/g, (_, begin: string, body: string, end: string) => {
    const sum = createHash('sha256').update(body).digest('hex')
    return `${begin}sha256 of this: ${sum.slice(0, 16)}\n${end}`
  })

function fileDiff(name: string, before: string, after: string): string {
  if (before === after) return ''
  return createTwoFilesPatch(
    before === '' ? '/dev/null' : `current/${name}`,
    after === '' ? '/dev/null' : `new/${name}`,
    before,
    after,
    undefined,
    undefined,
    { context: 3, headerOptions: FILE_HEADERS_ONLY },
  )
}

const linkLines = (links: Readonly<Record<string, string>>): string =>
  Object.entries(links)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, target]) => `${name} -> ${target}\n`)
    .join('')

/** What a conf release changes against the one on the host, for the reason of a restart: `tickTime in zoo.cfg, jvm, java`. */
export function reasonOfConf(want: ConfRelease, have: LaidFacts['conf']): string {
  const shown = redactedFiles(want)
  const files = namesOf(have.files, shown).filter((name) => strikeOut(have.files[name] ?? '') !== shown[name])
  const links = namesOf(have.links, want.links).filter((name) => have.links[name] !== want.links[name])
  const keys = changedKeys(strikeOut(have.files['zoo.cfg'] ?? ''), shown['zoo.cfg'] ?? '')
  const others = keys.filter((key) => tlsOf(key) === undefined)
  const changed = [
    ...files
      .filter((name) => tlsOf(name) === undefined)
      .flatMap((name) => {
        if (name !== 'zoo.cfg' || keys.length === 0) return name
        return others.length === 0 ? [] : `${others.join(', ')} in ${name}`
      }),
    ...tlsChanged([...files, ...keys], want),
    ...links.map((name) => `${name} (${have.links[name] ?? 'none'} to ${want.links[name] ?? 'none'})`),
  ]
  return changed.length === 0 ? 'a secret changed' : `changed: ${changed.join('; ')}`
}

/** Files and keys of TLS change together, and are told as one. */
function tlsChanged(names: readonly string[], { stage }: ConfRelease): readonly string[] {
  const found = new Set(names.flatMap((name) => tlsOf(name) ?? []))
  // Certificates alone.
  if (found.size === 1 && found.has('both')) return [stage.mode === 'off' ? forClients : betweenMembers]
  return [betweenMembers, forClients].filter((whom) => found.has(whom))
}

const [betweenMembers, forClients] = ['TLS between members', 'TLS for clients'] as const

/** What of TLS a file or key is for. */
function tlsOf(name: string): typeof betweenMembers | typeof forClients | 'both' | undefined {
  if (/^(ssl\.quorum\..*|sslQuorum|portUnification|fips-mode)$/.test(name)) return betweenMembers
  if (/^(ssl\..*|secureClientPort.*|serverCnxnFactory)$/.test(name)) return forClients
  return /^(tls|member\.pem|trust\.pem)$/.test(name) ? 'both' : undefined
}

const namesOf = (a: object, b: object): readonly string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()

/** Keys of settings, one a line, that are in one text and not alike in the other. */
function changedKeys(before: string, after: string): readonly string[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  const different = [...old.filter((line) => !now.includes(line)), ...now.filter((line) => !old.includes(line))]
  return [...new Set(different.flatMap((line) => /^([^#=]+)=/.exec(line)?.[1] ?? []))].sort()
}
