import { createHash, createHmac } from 'node:crypto'
import { listed } from './glob.ts'

/** One line of a known_hosts file that names a key (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHostsLine {
  readonly file: string
  /** counted from 1 */
  readonly line: number
  readonly marker: 'none' | 'revoked' | 'cert-authority'
  /** the names as they stand there: patterns by comma, or one `|1|salt|hash` */
  readonly names: string
  readonly key: Buffer
}

/** What known_hosts says of a key that a host showed. */
export type Verdict =
  | { is: 'known' }
  | { is: 'unknown' }
  /** other keys are recorded for this host, `expected` is never empty */
  | { is: 'changed'; expected: readonly KnownHostsLine[] }
  | { is: 'revoked'; by: KnownHostsLine }

/** The lines of a known_hosts text. Blank, commented and malformed lines count for nothing, as with OpenSSH. */
export function parseKnownHosts(text: string, file: string): readonly KnownHostsLine[] {
  return text.split('\n').flatMap((raw, index) => {
    const parsed = parseLine(raw.trim())
    return parsed === undefined ? [] : [{ ...parsed, file, line: index + 1 }]
  })
}

const markers = { '@revoked': 'revoked', '@cert-authority': 'cert-authority' } as const

function parseLine(text: string): Pick<KnownHostsLine, 'marker' | 'names' | 'key'> | undefined {
  if (text === '' || text.startsWith('#')) return undefined
  const fields = text.split(/[ \t]+/)
  const marked = text.startsWith('@')
  const [names, type, base64] = marked ? fields.slice(1) : fields
  const marker = marked ? markerOf(fields[0] ?? '') : 'none'
  if (marker === undefined || names === undefined || type === undefined || base64 === undefined) return undefined
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined
  const key = Buffer.from(base64, 'base64')
  return keyType(key) === type ? { marker, names, key } : undefined
}

const markerOf = (word: string): KnownHostsLine['marker'] | undefined =>
  word in markers ? markers[word as keyof typeof markers] : undefined

/** The algorithm name that an SSH public key blob starts with; empty for what is none. */
export function keyType(key: Buffer): string {
  if (key.length < 4) return ''
  const length = key.readUInt32BE(0)
  return length > 64 || key.length < 4 + length ? '' : key.toString('latin1', 4, 4 + length)
}

/** As OpenSSH prints it: `SHA256:` and unpadded base64. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

/** How known_hosts names a host: the bare name on port 22, else `[name]:port`. */
export const knownAs = (address: string, port: number): string =>
  port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`

/** Whether a line's names cover `name`, which is in the form of knownAs. */
export function covers(names: string, name: string): boolean {
  if (names.startsWith('|')) return coversHashed(names, name)
  return listed(names.toLowerCase().split(','), name)
}

function coversHashed(names: string, name: string): boolean {
  const [, version, salt, hash, ...more] = names.split('|')
  if (version !== '1' || salt === undefined || hash === undefined || more.length > 0) return false
  const hmac = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return hmac.equals(Buffer.from(hash, 'base64'))
}

/**
 * Judges the key that address:port showed. Revocation wins over everything. Certificate authorities lend no trust, since no
 * certificate is ever checked. A key of another type than those recorded counts as changed: whoever sits in between could choose
 * a type that we do not know. As with OpenSSH, a host on another port may show the key recorded for its bare name.
 */
export function judge(lines: readonly KnownHostsLine[], address: string, port: number, key: Buffer): Verdict {
  const name = knownAs(address, port)
  const bare = knownAs(address, 22)
  const by = lines.find(
    ({ marker, names, key: revoked }) =>
      marker === 'revoked' && revoked.equals(key) && (covers(names, name) || covers(names, bare)),
  )
  if (by !== undefined) return { is: 'revoked', by }
  const expected = recorded(lines, name)
  if (expected.some((line) => line.key.equals(key))) return { is: 'known' }
  if (expected.length > 0) return { is: 'changed', expected }
  return recorded(lines, bare).some((line) => line.key.equals(key)) ? { is: 'known' } : { is: 'unknown' }
}

const recorded = (lines: readonly KnownHostsLine[], name: string) =>
  lines.filter(({ marker, names }) => marker === 'none' && covers(names, name))

/** The types of the keys recorded for address:port, in the order of the file; its bare name's where it has none of its own. */
export function knownTypes(lines: readonly KnownHostsLine[], address: string, port: number): readonly string[] {
  const own = recorded(lines, knownAs(address, port))
  const found = own.length > 0 ? own : recorded(lines, knownAs(address, 22))
  return [...new Set(found.map(({ key }) => keyType(key)))]
}

/** The line that records a key, without its newline. */
export const knownHostsLine = (address: string, port: number, key: Buffer): string =>
  `${knownAs(address, port)} ${keyType(key)} ${key.toString('base64')}`
