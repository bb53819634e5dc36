import type { ClientDocument } from '../model/documents.ts'
import type { Secret } from '../model/secret.ts'
import { table } from './table.ts'
import type { Paint } from './words.ts'

/** The one place that shows a password, and only one that was asked for. Beside the document itself: `name:password`. */
export const clientDocument = (client: ClientDocument, auth: Secret | undefined): unknown =>
  auth === undefined ? client : { ...client, auth: auth.reveal() }

/** What a program needs, and lines to paste: they take the identity out of the environment, so that no source has a password. */
export function clientLines(client: ClientDocument, auth: Secret | undefined, paint: Paint): readonly string[] {
  const { connect, trees } = client
  const path = trees[0]?.path ?? '/'
  const says = auth !== undefined || !trees.every(({ readers }) => readers.includes('world:anyone'))
  const rows = trees.map((tree) => [tree.name, tree.path, tree.head, tree.readers.join(' ') || 'nobody all of it'])
  const block = (name: string, lines: readonly string[]) => [
    '',
    paint('bold', name),
    ...lines.map((line) => `  ${line}`),
  ]
  return [
    `servers: ${paint('bold', connect)}`,
    ...(auth === undefined ? [] : [`ZK_AUTH=${auth.reveal()}`]),
    ...(rows.length === 0 ? [] : ['', ...table([['TREE', 'PATH', 'HEAD', 'READ BY'], ...rows])]),
    ...block('Python, kazoo', kazoo(connect, path, says)),
    ...block('Java', java(connect, path, says)),
    ...block('Node, node-zookeeper-client', node(connect, path, says)),
  ]
}

/** As all three languages take it. */
const quoted = (text: string): string => JSON.stringify(text)

const kazoo = (connect: string, path: string, says: boolean): readonly string[] => [
  ...(says ? ['import os'] : []),
  'from kazoo.client import KazooClient',
  `zk = KazooClient(hosts=${quoted(connect)}${says ? ', auth_data=[("digest", os.environ["ZK_AUTH"])]' : ''})`,
  'zk.start()',
  `data, stat = zk.get(${quoted(path)})`,
]

const java = (connect: string, path: string, says: boolean): readonly string[] => [
  `ZooKeeper zk = new ZooKeeper(${quoted(connect)}, 30000, event -> {});`,
  ...(says ? ['zk.addAuthInfo("digest", System.getenv("ZK_AUTH").getBytes(StandardCharsets.US_ASCII));'] : []),
  `byte[] data = zk.getData(${quoted(path)}, false, null);`,
]

/** What is asked before it is connected would go out before the identity. */
const node = (connect: string, path: string, says: boolean): readonly string[] => [
  `const zk = require('node-zookeeper-client').createClient(${quoted(connect)})`,
  ...(says ? ["zk.addAuthInfo('digest', Buffer.from(process.env.ZK_AUTH))"] : []),
  `zk.once('connected', () => zk.getData(${quoted(path)}, (error, data, stat) => console.log(error ?? data.toString())))`,
  'zk.connect()',
]
