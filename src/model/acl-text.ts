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
  return scheme === 'digest' ? digestProblem(id) : undefined
}

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
