import { isIP } from 'node:net'

/** An ACL as an inventory writes it, in its parts; `digest` with an id that has no colon names one of our identities. */
export interface AclText {
  readonly scheme: string
  readonly id: string
  readonly perms: string
}

const schemes = ['world', 'digest', 'ip', 'sasl']
/** What `digest:NAME:…` may name; ASCII, for its name is part of what is hashed. */
const identity = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/** `scheme:id:permissions`, the id with colons or without, or in words why it is none that ZooKeeper would take of us. */
export function readAcl(text: string): AclText | { readonly wrong: string } {
  const parts = /^([^:]*):(.*):([^:]*)$/s.exec(text)
  if (parts === null) return { wrong: 'it does not have three parts, scheme:id:permissions' }
  const [, scheme = '', id = '', perms = ''] = parts
  if (!schemes.includes(scheme)) return { wrong: `there is no scheme \`${scheme}\`; there are ${schemes.join(', ')}` }
  if (!/^[cdrwa]+$/.test(perms) || new Set(perms).size !== perms.length)
    return { wrong: 'permissions are letters out of cdrwa, each once' }
  const wrong = idProblem(scheme, id)
  return wrong === undefined ? { scheme, id, perms } : { wrong }
}

function idProblem(scheme: string, id: string): string | undefined {
  if (id === '') return 'the id is empty'
  if (scheme === 'world' && id !== 'anyone') return 'the only id of `world` is `anyone`'
  if (scheme === 'ip') return addressProblem(id)
  if (scheme === 'sasl') return principalProblem(id)
  return scheme === 'digest' ? digestProblem(id) : undefined
}

/** What IPAuthenticationProvider takes: no zone, and no IPv4 address inside of an IPv6 one. */
function addressProblem(id: string): string | undefined {
  const [, address = '', bits] = /^([^/]*)(?:\/(.*))?$/s.exec(id) ?? []
  const most = { 0: undefined, 4: 32, 6: /^[\da-f:]+$/i.test(address) ? 128 : undefined }[isIP(address)]
  if (most === undefined) return `\`${address}\` is no address that ZooKeeper takes, such as 10.0.0.1 or fd00::1`
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)
    ? undefined
    : `behind the / is a number of bits from 0 to ${most}`
}

/** SASLAuthenticationProvider takes any name, and with an @ in it one of Kerberos. */
const principalProblem = (id: string): string | undefined =>
  !id.includes('@') || /^[^/@]*(\/[^/@]*)?@[^/@]*$/.test(id) ? undefined : 'a principal is name[/host]@REALM'

/** The first version that takes IPv6 addresses in ACLs; of 3.8 none does (read in its source). */
export const ipv6Since = '3.9.4'

export const isIpv6 = ({ scheme, id }: AclText): boolean => scheme === 'ip' && id.includes(':')

function digestProblem(id: string): string | undefined {
  // Whoever logs in as super may do everything anyway, and its password is for nobody else.
  if (id === 'super' || id.startsWith('super:')) return 'that is ZooKeeper’s super user, who needs no ACL'
  // user and base64 of a sha1, as DigestAuthenticationProvider makes them
  if (id.includes(':'))
    return /^[^:]+:[A-Za-z0-9+/]{27}=$/.test(id) ? undefined : 'a digest is user:base64 of a sha1, 28 characters'
  return identity.test(id) ? undefined : 'the name of an identity is letters, digits, . _ - and a letter or digit first'
}

/** The identities that such texts name (`digest:NAME:…`), each once: those whose passwords are ours to make. */
export const namedIdentities = (texts: readonly string[]): readonly string[] => [
  ...new Set(
    texts.flatMap((text) => {
      const acl = readAcl(text)
      return !('wrong' in acl) && acl.scheme === 'digest' && !acl.id.includes(':') ? [acl.id] : []
    }),
  ),
]
