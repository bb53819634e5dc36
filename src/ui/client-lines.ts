import type { ClientDocument } from '../model/documents.ts'

/** What the lines of all three languages are made of; `says`: the identity in ZK_AUTH is told. */
interface Pasted {
  readonly connect: string
  readonly path: string
  readonly says: boolean
  /** by TLS: the CA's file */
  readonly ca?: string
}

/** Lines to paste, each under the client that they are for: they take the identity out of the environment, so that no source has a password. */
export function blocksOf({ connect, secure, trees }: ClientDocument, says: boolean): [string, readonly string[]][] {
  const plain = { connect, path: trees[0]?.path ?? '/', says }
  const by = (name: string, lines: (asked: Pasted) => readonly string[]): [string, readonly string[]][] => [
    [name, lines(plain)],
    ...(secure === undefined
      ? []
      : [[`${name}, by TLS`, lines({ ...plain, connect: secure.connect, ca: secure.ca_file })] as [string, string[]]]),
  ]
  return [...by('Python, kazoo', kazoo), ...by('Java', java), ...by('Node, node-zookeeper-client', node)]
}

/** As all three languages take it. */
const quoted = (text: string): string => JSON.stringify(text)

/** kazoo before 2.11 verifies the CA alone, and knows no `check_hostname`. */
const kazoo = ({ connect, path, says, ca }: Pasted): string[] => [
  ...(says ? ['import os'] : []),
  'from kazoo.client import KazooClient',
  ...(ca === undefined
    ? [`zk = KazooClient(hosts=${quoted(connect)}${says ? `, ${kazooAuth}` : ''})`]
    : [
        `zk = KazooClient(hosts=${quoted(connect)}, use_ssl=True, verify_certs=True,`,
        '                 check_hostname=True,  # leave this out with kazoo before 2.11',
        `                 ca=${quoted(ca)}${says ? `, ${kazooAuth}` : ''})`,
      ]),
  'zk.start()',
  `data, stat = zk.get(${quoted(path)})`,
]

const kazooAuth = 'auth_data=[("digest", os.environ["ZK_AUTH"])]'

const java = ({ connect, path, says, ca }: Pasted): string[] => [
  ...(ca === undefined
    ? []
    : [
        'ZKClientConfig config = new ZKClientConfig();',
        'config.setProperty("zookeeper.client.secure", "true");',
        'config.setProperty("zookeeper.clientCnxnSocket", "org.apache.zookeeper.ClientCnxnSocketNetty");',
        `config.setProperty("zookeeper.ssl.trustStore.location", ${quoted(ca)});`,
        'config.setProperty("zookeeper.ssl.trustStore.type", "PEM");',
        '// else 3.9 verifies the name that DNS has for the address, in place of that',
        'config.setProperty("zookeeper.fips-mode", "false");',
      ]),
  `ZooKeeper zk = new ZooKeeper(${quoted(connect)}, 30000, event -> {}${ca === undefined ? '' : ', config'});`,
  ...(says ? ['zk.addAuthInfo("digest", System.getenv("ZK_AUTH").getBytes(StandardCharsets.US_ASCII));'] : []),
  `byte[] data = zk.getData(${quoted(path)}, false, null);`,
]

/** What is asked before it is connected would go out before the identity. The client has no TLS: its connections are made for it. */
const node = ({ connect, path, says, ca }: Pasted): string[] => [
  `const zk = require('node-zookeeper-client').createClient(${quoted(connect)})`,
  ...(ca === undefined
    ? []
    : [
        `const ca = require('node:fs').readFileSync(${quoted(ca)})`,
        'zk.connectionManager.connect = function () {',
        '  this.setState(1)',
        '  this.findNextServer((server) => {',
        "    this.socket = require('node:tls').connect({ ...server, ca }).setNoDelay()",
        '    this.connectTimeoutHandler = setTimeout(() => this.onSocketConnectTimeout(), this.connectTimeout)',
        "    this.socket.on('secureConnect', () => this.onSocketConnected())",
        "    for (const [event, name] of Object.entries({ data: 'Data', drain: 'Drain', close: 'Closed', error: 'Error' }))",
        '      this.socket.on(event, (given) => this[`onSocket${name}`](given))',
        '  })',
        '}',
      ]),
  ...(says ? ["zk.addAuthInfo('digest', Buffer.from(process.env.ZK_AUTH))"] : []),
  `zk.once('connected', () => zk.getData(${quoted(path)}, (error, data, stat) => console.log(error ?? data.toString())))`,
  'zk.connect()',
]
