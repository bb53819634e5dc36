/** An ACL as an inventory writes it, in its parts; `digest` with an id that has no colon names one of our identities. */
export interface AclText {
  readonly scheme: string
  readonly id: string
  readonly perms: string
}

const schemes = ['world', 'digest', 'ip', 'sasl']
/** Names that `digest:NAME:…` may have for an identity that dman-bootstrap makes; any other is a mistake. */
const identities = ['dman']

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
  // user and base64 of a sha1, as DigestAuthenticationProvider makes them
  if (scheme === 'digest' && !identities.includes(id) && !/^[^:]+:[A-Za-z0-9+/]{27}=$/.test(id))
    return 'the only identity by name is `dman`; others are name:digest'
  return undefined
}
