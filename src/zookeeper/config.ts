import { canonicalAddress, hostPort } from '../model/address.ts'
import { absent, type Fact, present, unknown } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import { parseProperties } from './properties.ts'

/** An address and port; an IPv6 address is without its brackets. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** One `server.N` line. */
export interface Member {
  readonly id: number
  /** one, or more where `multiAddress.enabled` */
  readonly addresses: readonly { readonly address: string; readonly peer: number; readonly election: number }[]
  readonly role: 'participant' | 'observer'
  /** undefined where the member's own clientPort tells it */
  readonly client: Endpoint | undefined
  readonly secureClient: Endpoint | undefined
}

/** A member with one address and one client port. */
export const member = (
  id: number,
  address: string,
  ports: { readonly client: number; readonly peer: number; readonly election: number },
  role: Member['role'] = 'participant',
): Member => ({
  id,
  addresses: [{ address, peer: ports.peer, election: ports.election }],
  role,
  client: { address, port: ports.client },
  secureClient: undefined,
})

/** Reads a member line (initializeWithAddressString in QuorumPeer), `server.N=` included. Unknown where ZooKeeper would refuse it. */
export function parseMember(line: string): Fact<Member> {
  const [, id = '', value = ''] = /^\s*server\.(\d{1,15})\s*=\s*(.*?)\s*$/s.exec(line) ?? []
  return id === '' ? refused(line) : parseMemberValue(Number(id), value)
}

function parseMemberValue(id: number, value: string): Fact<Member> {
  const [servers = '', client = '', secure = '', ...more] = value.split(';')
  const parsed = servers.split('|').map(parseServer)
  const addresses = parsed.filter((server) => server !== undefined)
  const [role = 'participant', ...others] = new Set(
    addresses.map((server) => server.role).filter((r) => r !== undefined),
  )
  const clientAt = client === '' ? undefined : parseEndpoint(client)
  const secureAt = secure === '' ? undefined : parseEndpoint(secure)
  const wrong = [
    more.length > 0,
    addresses.length < parsed.length,
    others.length > 0,
    client !== '' && clientAt === undefined,
    secure !== '' && secureAt === undefined,
  ]
  if (wrong.includes(true)) return refused(`server.${id}=${value}`)
  return present({
    id,
    addresses: addresses.map(({ address, peer, election }) => ({ address, peer, election })),
    role,
    client: clientAt,
    secureClient: secureAt,
  })
}

function parseServer(text: string) {
  const [, bracketed, plain, first, second, word] =
    /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+):(\d+)(?::([^:]*))?$/.exec(text) ?? []
  const [address, peer, election] = [bracketed ?? plain, portOf(first), portOf(second)]
  const role = word === undefined ? undefined : roleOf(word)
  if (address === undefined || peer === undefined || election === undefined || peer === election) return undefined
  if (word !== undefined && role === undefined) return undefined
  return { address, peer, election, role }
}

function roleOf(word: string): Member['role'] | undefined {
  const role = word.trim().toLowerCase()
  return role === 'participant' || role === 'observer' ? role : undefined
}

function parseEndpoint(text: string): Endpoint | undefined {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d+)$/.exec(text) ?? []
  const port = portOf(digits)
  return port === undefined ? undefined : { address: bracketed ?? plain ?? '0.0.0.0', port }
}

const portOf = (digits: string | undefined): number | undefined =>
  digits !== undefined && /^\d{1,5}$/.test(digits) && Number(digits) <= 65_535 ? Number(digits) : undefined

/** The line of a member as ZooKeeper writes it itself, without a line end. */
export function formatMember({ id, addresses, role, client, secureClient }: Member): string {
  const servers = addresses.map(({ address, peer, election }) => `${hostPort(address, peer)}:${election}`).join('|')
  const clientPart = client === undefined ? '' : `;${formatEndpoint(client)}`
  const securePart = secureClient === undefined ? '' : `${clientPart === '' ? ';' : ''};${formatEndpoint(secureClient)}`
  return `server.${id}=${servers}:${role}${clientPart}${securePart}`
}

const formatEndpoint = ({ address, port }: Endpoint): string => hostPort(address, port)

/** Whether two members mean the same, however their IPv6 addresses are spelt and their addresses ordered. */
export const sameMember = (one: Member, other: Member): boolean =>
  one === other || formatMember(one) === formatMember(other) || meaning(one) === meaning(other)

/** Where the others follow it while it leads: a leader for which that changes gives up leading. */
export const peersAt = ({ addresses }: Member): string =>
  addresses.map(({ address, peer }) => hostPort(canonicalAddress(address), peer)).join()

export const sameEndpoint = (one: Endpoint, other: Endpoint): boolean =>
  one.port === other.port && canonicalAddress(one.address) === canonicalAddress(other.address)

const meaning = (one: Member): string => {
  const endpoint = (at: Endpoint | undefined) => at && { address: canonicalAddress(at.address), port: at.port }
  const addresses = one.addresses.map((each) => ({ ...each, address: canonicalAddress(each.address) }))
  const ordered = addresses.map((each) =>
    formatMember({ ...one, addresses: [each], client: undefined, secureClient: undefined }),
  )
  return JSON.stringify([ordered.sort(), endpoint(one.client), endpoint(one.secureClient)])
}

/** What `/zookeeper/config` says: who belongs to the ensemble. */
export interface EnsembleConfig {
  /** 16 hex digits: the zxid of the change that made it */
  readonly version: string
  /** by id */
  readonly members: readonly Member[]
}

/**
 * Reads the data of `/zookeeper/config`. Absent where it is empty (a standalone server). Unknown where a line is not understood, also
 * for groups and weights: with these a majority is not counted by heads.
 */
export function parseConfigNode(data: Buffer | string): Fact<EnsembleConfig> {
  const entries = parseProperties(data.toString())
  if (entries.is !== 'present') return entries
  if (entries.value.size === 0) return absent
  const version = /^[0-9a-f]{1,16}$/.exec(entries.value.get('version')?.trim() ?? '')?.[0]
  const members: Member[] = []
  for (const [key, value] of entries.value) {
    if (key === 'version') continue
    const parsed = parseMember(`${key}=${value}`)
    if (parsed.is !== 'present') return parsed
    members.push(parsed.value)
  }
  if (version === undefined) return refused('no version')
  return present({ version: version.padStart(16, '0'), members: members.sort((one, other) => one.id - other.id) })
}

const refused = (line: string): Fact<never> =>
  unknown(
    new Failure({
      step: "read the ensemble's members",
      got: `not understood: ${JSON.stringify(line.slice(0, 200))}`,
      hint: 'a member is server.N=ADDRESS:PEER:ELECTION:ROLE;ADDRESS:CLIENT; groups and weights are not supported',
    }),
  )
