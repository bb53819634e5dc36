import type { Inventory } from '../inventory/inventory.ts'
import { lostIdOf, passwordOf, readSecrets, type Secrets } from '../local/secrets.ts'
import { caFile, readCaCertificate, tlsOf } from '../local/tls-secrets.ts'
import { readAcl } from '../model/acl-text.ts'
import { hostPort } from '../model/address.ts'
import type { ClientDocument } from '../model/documents.ts'
import { Failure } from '../model/failure.ts'
import { isWanted } from '../model/names.ts'
import type { Secret } from '../model/secret.ts'
import { aclsOf, type TreeSource } from '../model/tree-source.ts'
import { commonReaders } from '../tree/acl.ts'
import { metaOf } from '../tree/path.ts'
import { digestAuth } from '../zookeeper/digest.ts'
import type { Acl } from '../zookeeper/zookeeper.ts'
import { secureAt } from './shared/look/client-ports.ts'
import { identitiesIn } from './shared/prepare/identity.ts'
import type { Result } from './shared/run/result.ts'
import type { Run } from './shared/run/run.ts'

export interface ClientOptions {
  /** whose password is wanted */
  readonly identity?: string
}

/** What a program needs to connect and to read the trees; a password only of an identity that is asked for. Contacts nobody. */
export async function client(run: Run<ClientOptions>): Promise<Result> {
  const { inventory, options, passphrase } = run
  const { identity } = options
  const secrets = () => readSecrets(inventory, identity === undefined ? passphrase.known : passphrase.ask)
  const auth = identity === undefined ? undefined : passwordFor(inventory, identity, await secrets())
  const document = clientDocument(inventory)
  const secure = secureAt(inventory).secure
  const by = secure === undefined ? {} : { secure: await withCa(run, secure, secrets) }
  return { is: 'client', client: { ...document, ...by }, ...(auth && { auth }), exit: 0 }
}

/** The CA's certificate by `secrets`, where these can be read, else by ca.pem, which may be of a CA before. */
async function withCa({ inventory, emit }: Run, connect: string, secrets: () => Promise<Secrets>) {
  const [file, held] = [caFile(inventory.state), await readCaCertificate(inventory.state)]
  const told = await secrets()
    .then((known) => tlsOf(known).ca?.certificate)
    .catch(() => undefined)
  if (told !== undefined && told !== held) {
    const text = `${file} is ${held === null ? 'not there' : 'of another CA than secrets.json has'}: \`up\` writes it`
    emit({ task: 'client', is: 'log', level: 'warn', text })
  }
  return { connect, ca_file: file, ca: told ?? held }
}

/** By the inventory: members that stay, in order of id, and who may read the trees. */
export const clientDocument = ({ ensemble, hosts, ports, trees }: Inventory): ClientDocument => {
  const servers = hosts.filter(isWanted).map(({ name, address }) => ({ host: name, address, port: ports.client }))
  return {
    ensemble,
    connect: servers.map(({ address, port }) => hostPort(address, port)).join(),
    servers,
    trees: trees.map((tree) => ({
      name: tree.name,
      path: tree.path,
      head: metaOf(tree.name).head,
      readers: readersOf(tree),
    })),
  }
}

/** Who may read every znode of a tree, as ACLs name them, without hashes; `world:anyone` alone where it is among them. */
const readersOf = (tree: TreeSource): string[] =>
  commonReaders(aclsOf(tree).map(entriesOf)).map(({ scheme, id }) => `${scheme}:${id}`)

const entriesOf = (texts: readonly string[]): readonly Acl[] =>
  texts.flatMap((text) => {
    const entry = readAcl(text)
    if ('wrong' in entry) return []
    return entry.scheme === 'digest' ? { ...entry, id: entry.id.replace(/:.*/, '') } : entry
  })

/** `name:password`, as a client says that it is this identity. Throws a Failure. */
export function passwordFor({ trees }: Inventory, identity: string, secrets: Secrets): Secret {
  const step = `password of ${identity}`
  const known = [...new Set(['dman', ...identitiesIn(trees)])]
  const isSought = secrets.former !== undefined && secrets.sought?.includes(identity) === true
  const found = identity === 'super' || isSought ? undefined : passwordOf(secrets, identity)
  if (found !== undefined) return digestAuth(identity, found)
  if (!known.includes(identity) && !secrets.made.includes(identity))
    throw new Failure({ step, got: 'no ACL names it', hint: `identities are ${known.join(', ')}`, exit: 3 })
  if (identity === 'super')
    throw new Failure({ step, got: 'that is ZooKeeper’s super user', hint: 'it is for no program', exit: 5 })
  if (isSought)
    throw new Failure({
      step,
      got: 'it is lost, and what trees know of it is not seen yet',
      hint: 'run `up`: it finishes the recovery that was begun',
      exit: 5,
    })
  if (lostIdOf(secrets, identity) !== undefined)
    throw new Failure({
      step,
      got: 'it is lost, and programs that have it go on',
      hint: 'look in their settings; for a new one name another identity in the ACLs, and `up` makes it',
      exit: 5,
    })
  throw secrets.made.includes(identity)
    ? new Failure({ step, got: 'it is lost', hint: 'put back a copy of secrets.json from a backup', exit: 5 })
    : new Failure({ step, got: 'none was made yet', hint: 'run `up` once: it makes it', exit: 5 })
}
