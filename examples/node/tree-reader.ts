// Follows a tree of dman-bootstrap, and gives whole generations of it only.
//
//     node tree-reader.ts 10.0.0.11:2180,10.0.0.12:2180,10.0.0.13:2180 app
//
// prints a line of JSON for each generation, from the present one on. `dman-bootstrap client` prints the servers and the trees. Where the
// world may not read the tree, ZK_AUTH=name:password in the environment is an identity that may.
//
// Node.js 22.18 and later run it as it is, earlier ones by tsx, with node-zookeeper-client 1.1.3 (its types: @types/node-zookeeper-client).
// Copy all but main() into your program, or import follow().
import { pathToFileURL } from 'node:url'
import type { Client, Stat } from 'node-zookeeper-client'
import zookeeper from 'node-zookeeper-client'

export interface Generation {
  readonly generation: number
  /** bytes by absolute path */
  readonly znodes: ReadonlyMap<string, Buffer>
}

/**
 * Whole generations of a tree, for ever; those that are gone before they were read are passed over. Lost connections and sessions are waited
 * for. Ends with an error of ZooKeeper's such as NO_AUTH, or where a later version of dman-bootstrap wrote the tree.
 */
export async function* follow(servers: string, tree: string, identity?: string): AsyncGenerator<Generation> {
  let given = '' // zxid, so that a server that lags behind takes nobody back
  let known: Iterable<string> = []
  for (;;) {
    const client = zookeeper.createClient(servers)
    if (identity !== undefined) client.addAuthInfo('digest', Buffer.from(identity))
    const lost = lossOf(client)
    // What is asked before it is connected would go out before the identity is told.
    const connected = new Promise((there) => client.once('connected', there))
    client.connect()
    try {
      await Promise.race([connected, lost, late()])
      for (;;) {
        const moved = later()
        const whole = await Promise.race([readOnce(client, tree, known, moved.now), lost, late()])
        if (whole !== undefined && whole.zxid > given) {
          given = whole.zxid
          known = [...whole.znodes.keys()]
          yield whole
        }
        await Promise.race([moved.done, lost])
      }
    } catch (error) {
      if (!(error instanceof Lost)) throw error
      await new Promise((again) => setTimeout(again, 500))
    } finally {
      close(client)
    }
  }
}

/**
 * One look at a tree, by one session: HEAD, everything, HEAD again. It is whole where HEAD is the same before and after and says of no larger
 * apply that it is under way: then nobody wrote to the tree in between, since every write checks or moves HEAD, and a server
 * answers a session in the order in which it asked. Else undefined; `onMove` is told when it is worth another look.
 *
 * `known` are paths that were there last time. They are asked for all at once, between the two looks at HEAD: one round trip where the tree
 * has the same znodes as before, and one more for each level that is new.
 */
async function readOnce(client: Client, tree: string, known: Iterable<string>, onMove: () => void) {
  const headPath = `/dman/meta/${tree}/HEAD`
  const before = call<[Stat | null]>((done) => client.exists(headPath, onMove, done))
  const znodes = new Map<string, Buffer>()
  const asked = new Set<string>()
  let ask = new Set(known)
  for (;;) {
    const answers = [...ask].map((path) => look(client, path))
    const last = call<[Buffer, Stat]>((done) => client.getData(headPath, done))
    const [[first], found, after] = await Promise.all([before, Promise.all(answers), orNothing(last)])
    if (after === undefined) return undefined // nothing was seeded yet
    const [data, stat] = after
    const head = JSON.parse(data.toString()) as { format: number; generation: number; path: string; applying?: unknown }
    if (head.format > 1) throw new Error('tree written by a later version of dman-bootstrap')
    if (first?.mzxid.equals(stat.mzxid) !== true || head.applying !== undefined) return undefined
    for (const path of ask) asked.add(path)
    for (const { path, data: bytes } of found.flat()) znodes.set(path, bytes)
    const seen = [head.path, ...found.flat().flatMap(({ path, names }) => names.map((name) => `${path}/${name}`))]
    ask = new Set(seen.filter((path) => !asked.has(path)))
    if (ask.size > 0) continue
    const below = [...znodes].filter(([path]) => `${path}/`.startsWith(`${head.path}/`))
    return { zxid: stat.mzxid.toString('hex'), generation: head.generation, znodes: new Map(below) }
  }
}

/** A znode and the names below it; none where it is gone since the last time. */
async function look(client: Client, path: string) {
  const data = orNothing(call<[Buffer | undefined]>((done) => client.getData(path, done)))
  const names = orNothing(call<[string[]]>((done) => client.getChildren(path, done)))
  const [[bytes] = [undefined], [children] = [undefined]] = await Promise.all([data, names])
  return children === undefined ? [] : [{ path, data: bytes ?? Buffer.alloc(0), names: children }]
}

/** The connection or the session is lost, or an answer did not come. */
class Lost extends Error {}

/** A call of the client as a promise; requests go out in the order of such calls, all on one connection. */
function call<T extends unknown[]>(start: (done: (error: Error | null, ...results: T) => void) => void): Promise<T> {
  const { CONNECTION_LOSS, OPERATION_TIMEOUT, SESSION_EXPIRED } = zookeeper.Exception
  const losses = [CONNECTION_LOSS, OPERATION_TIMEOUT, SESSION_EXPIRED]
  return new Promise((resolve, reject) =>
    start((error, ...results) => {
      if (error === null) resolve(results)
      else reject(losses.includes(codeOf(error)) ? new Lost() : error)
    }),
  )
}

const codeOf = (error: unknown): number => (error instanceof zookeeper.Exception ? error.getCode() : 0)

const orNothing = <T>(answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if (codeOf(error) === zookeeper.Exception.NO_NODE) return undefined
    throw error
  })

/** Rejects when the connection is lost: this client may hang where it connects again, so another takes its place. */
function lossOf(client: Client): Promise<never> {
  const lost = new Promise<never>((_, reject) => {
    for (const event of ['disconnected', 'expired']) client.once(event, () => reject(new Lost()))
    client.once('authenticationFailed', () => reject(new Error('ZooKeeper refuses the identity')))
  })
  lost.catch(() => undefined)
  return lost
}

/** Rejects when one look takes too long. */
const late = (): Promise<never> => new Promise((_, reject) => setTimeout(() => reject(new Lost()), 30_000).unref())

function later() {
  let now = () => {}
  const done = new Promise<void>((resolve) => (now = resolve))
  return { done, now }
}

/** It throws where it is asked amid connecting. */
function close(client: Client) {
  try {
    client.close()
  } catch {
    // it was not connected
  }
}

async function main([servers = '', tree = '']: readonly string[]) {
  for await (const { generation, znodes } of follow(servers, tree, process.env['ZK_AUTH'])) {
    const texts = Object.fromEntries([...znodes].map(([path, bytes]) => [path, bytes.toString()]))
    process.stdout.write(`${JSON.stringify({ generation, znodes: texts })}\n`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2))
