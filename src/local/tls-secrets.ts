import { join } from 'node:path'
import { readBoundedText } from '../disk/bounded.ts'
import { Failure } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import { isRecord } from '../model/record.ts'
import { Secret } from '../model/secret.ts'
import { type Print, renewBefore } from '../model/tls-stage.ts'
import { type Certified, covers, expiryOf, issue, makeAuthority, printOf } from './certificate.ts'
import type { Secrets } from './secrets.ts'
import { codeOf, makeStateFolder, writeFileAtomically } from './state.ts'

/** A CA and the members' certificates that it signed. */
export interface Authority extends Certified {
  readonly members: Readonly<Record<HostName, Certified>>
}

/**
 * One before that, which need not sign any more: its key may be lost. `others`: certificates of further CAs that members trusted beside it when
 * it was regained from them, amid a change from the one to the other.
 */
export type FormerAuthority = Omit<Authority, 'key'> &
  Partial<Pick<Authority, 'key'>> & { readonly others?: readonly string[] }

/** What secrets.json holds of TLS between members: the CA, and the one before it, from which members come. */
export interface TlsSecrets {
  readonly ca?: Authority
  readonly former?: FormerAuthority
}

/** A host and the addresses and names that its certificate has to hold; `may`: that it gets as well, where it is made anew. */
export interface ToCertify {
  readonly host: HostName
  readonly must: readonly string[]
  readonly may: readonly string[]
}

interface Asked {
  readonly ensemble: string
  readonly hosts: readonly ToCertify[]
  /** CAs that members were seen to trust */
  readonly trusted: readonly Print[]
  /** ms since the epoch */
  readonly now: number
}

/** The TLS part of secrets.json; throws a Failure, exit 5, where it is damaged, or lists what is not there. */
export function tlsOf(secrets: Secrets): TlsSecrets {
  const rest = JSON.parse(secrets.rest.reveal()) as Record<string, unknown>
  const read = rest['tls'] === undefined ? {} : tlsIn(rest['tls'])
  if (read === undefined) throw lost('its certificates are damaged')
  const members = Object.keys(read.ca?.members ?? {})
  const gone = secrets.made.flatMap((name) => {
    if (name === authority) return read.ca === undefined ? ["the CA's key"] : []
    const host = name.startsWith(member) ? name.slice(member.length) : undefined
    return host === undefined || members.includes(host) ? [] : [`the key of ${host}`]
  })
  if (gone.length > 0) throw lost(`it lists ${gone.join(' and ')}, which is not there`)
  return read
}

/** As `made` lists them; no identity's name has a colon. */
const [authority, member] = ['tls:ca', 'tls:member:'] as const

const lost = (got: string) =>
  new Failure({
    step: 'read secrets.json',
    got,
    hint: 'put back a copy of it from a backup, or the .dman that this ensemble was made with; `secrets recover` makes new ones',
    exit: 5,
  })

function tlsIn(value: unknown): TlsSecrets | undefined {
  if (!isRecord(value)) return undefined
  const ca = value['ca'] === undefined ? null : authorityIn(value['ca'])
  const former = value['former'] === undefined ? null : formerIn(value['former'])
  if (ca === undefined || former === undefined) return undefined
  return { ...(ca === null ? {} : { ca }), ...(former === null ? {} : { former }) }
}

function authorityIn(value: unknown): Authority | undefined {
  const own = certifiedIn(value)
  const members = isRecord(value) ? membersIn(value['members']) : undefined
  return own === undefined || members === undefined ? undefined : { ...own, members }
}

function formerIn(value: unknown): FormerAuthority | undefined {
  if (!isRecord(value) || value['key'] !== undefined) return authorityIn(value)
  const { certificate, others = [] } = value
  const members = membersIn(value['members'])
  if (!isCertificate(certificate) || members === undefined) return undefined
  if (!Array.isArray(others) || !others.every(isCertificate)) return undefined
  return { certificate, members, ...(others.length === 0 ? {} : { others }) }
}

function membersIn(value: unknown): Authority['members'] | undefined {
  if (!isRecord(value)) return undefined
  const members = Object.entries(value).map(([host, one]) => [host, certifiedIn(one)] as const)
  if (members.some(([, one]) => one === undefined)) return undefined
  return Object.fromEntries(members.flatMap(([host, one]) => (one === undefined ? [] : [[host, one]])))
}

function certifiedIn(value: unknown): Certified | undefined {
  if (!isRecord(value)) return undefined
  const { certificate, key } = value
  if (!isCertificate(certificate) || typeof key !== 'string' || key === '') return undefined
  return { certificate, key: new Secret(key) }
}

function isCertificate(text: unknown): text is string {
  if (typeof text !== 'string') return false
  try {
    printOf(text)
    return true
  } catch {
    return false
  }
}

/**
 * The same secrets with a CA and a certificate for each host: what is missing, does not hold the host's addresses, or expires within 90 days
 * is made anew. A new CA leaves the one before it at hand while members trust that. `made`: something was. Throws a Failure, exit 5, where
 * something is lost.
 */
export async function certify(
  secrets: Secrets,
  asked: Asked,
): Promise<{ secrets: Secrets; tls: TlsSecrets; made: boolean }> {
  const known = tlsOf(secrets)
  const { now, trusted } = asked
  const good = [known.ca].find((ca) => ca !== undefined && expiryOf(ca.certificate) - now > renewBefore)
  const current = good ?? { ...(await makeAuthority(asked.ensemble, now)), members: {} }
  const before = good === undefined ? (known.ca ?? known.former) : known.former
  const ca = await withMembers(current, asked)
  // Nobody takes a certificate of one that has expired: then there is nothing to make.
  const isInUse =
    before !== undefined && trusted.includes(printOf(before.certificate)) && expiryOf(before.certificate) > now
  const former = isInUse && canSign(before) ? await withMembers(before, asked, 0) : before
  const tls = { ca, ...(former === undefined ? {} : { former }) }
  const made = ca !== known.ca || former !== known.former
  return { secrets: made ? withTls(secrets, tls) : secrets, tls, made }
}

const canSign = (authority: FormerAuthority): authority is Authority => authority.key !== undefined

/** `spare`: ms for which a certificate that is kept has to be good yet. The very same where nothing is missing. */
async function withMembers(authority: Authority, { hosts, now }: Asked, spare = renewBefore): Promise<Authority> {
  const lacking = hosts.filter(({ host, must }) => {
    const own = authority.members[host]
    return (
      own === undefined ||
      expiryOf(own.certificate) - now <= spare ||
      !must.every((name) => covers(own.certificate, name))
    )
  })
  if (lacking.length === 0) return authority
  const fresh = await Promise.all(
    lacking.map(async ({ host, must, may }) => {
      const names = [...new Set([...must, ...may])]
      return [host, await issue(authority, { host, names }, now)] as const
    }),
  )
  return { ...authority, members: { ...authority.members, ...Object.fromEntries(fresh) } }
}

/**
 * Secrets that have lost what they had of TLS, with the CA that members come from, as hosts have it: without its key, so that the next
 * to certify them makes another CA.
 */
export const withoutAuthority = (secrets: Secrets, former: FormerAuthority | undefined): Secrets => {
  const made = secrets.made.filter((name) => name !== authority && !name.startsWith(member))
  return { ...withTls(secrets, former === undefined ? {} : { former }), made }
}

function withTls(secrets: Secrets, tls: TlsSecrets): Secrets {
  const rest = JSON.parse(secrets.rest.reveal()) as Record<string, unknown>
  const names = [authority, ...Object.keys(tls.ca?.members ?? {}).map((host) => `${member}${host}`)]
  const record = Object.fromEntries(
    Object.entries(tls as Record<string, FormerAuthority>).map(([name, { members, others, ...own }]) => [
      name,
      {
        ...revealed(own),
        ...(others && { others }),
        members: Object.fromEntries(Object.entries(members).map(([host, one]) => [host, revealed(one)])),
      },
    ]),
  )
  return {
    ...secrets,
    // A new CA has no certificate of a host that left: its key is not lost.
    made: [...new Set([...secrets.made.filter((name) => !name.startsWith(member)), ...names])],
    rest: new Secret(JSON.stringify({ ...rest, tls: record })),
  }
}

/**
 * Secrets with the certificates that a run made; what another run made since it read them, before anybody saw these, counts instead.
 */
export function withCertificates(
  secrets: Secrets,
  ours: { readonly secrets: Secrets; readonly known: Secrets },
  held: Secrets,
): Secrets {
  const partOf = ({ rest }: Secrets) => (JSON.parse(rest.reveal()) as Record<string, unknown>)['tls']
  const isSame = JSON.stringify(partOf(held)) === JSON.stringify(partOf(ours.known))
  return isSame && partOf(ours.secrets) !== undefined ? withTls(secrets, tlsOf(ours.secrets)) : secrets
}

const revealed = ({ certificate, key }: Pick<FormerAuthority, 'certificate' | 'key'>) => ({
  certificate,
  ...(key && { key: key.reveal() }),
})

/**
 * The CA's certificate, for clients, and whoever wants to look at members' connections: .dman/<ensemble>/ca.pem, no secret. Written where
 * it differs.
 */
export async function saveCaCertificate(state: string, certificate: string): Promise<void> {
  const held = await readCaCertificate(state).catch(() => null)
  if (held === certificate) return
  makeStateFolder(state)
  await writeFileAtomically(caFile(state), certificate)
}

export const caFile = (state: string): string => join(state, 'ca.pem')

/** That file, null where it is not there. Rejects with a Failure. */
export async function readCaCertificate(state: string): Promise<string | null> {
  const file = caFile(state)
  try {
    return await readBoundedText(file)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null
    throw new Failure({ step: `read ${file}`, got: codeOf(cause), hint: 'make it readable for you', cause })
  }
}
