import { isIPv4, isIPv6 } from 'node:net'
import { encodedSize } from '../../../src/zookeeper/transaction.ts'
import {
  type Acl,
  type Operation,
  type Stat,
  type ZooKeeper,
  ZooKeeperError,
} from '../../../src/zookeeper/zookeeper.ts'

export interface FakeZnode {
  data: Buffer
  isNull?: boolean
  version: number
  czxid: number
  mzxid: number
  acl: readonly Acl[]
  aversion: number
  ephemeral: boolean
}

/**
 * What becomes of one write, whose connection is cut: `lost` leaves it undone for ever, `unheard` does it, a number does it that
 * many calls later, as a frozen follower does once it thaws.
 */
export type Fault = 'lost' | 'unheard' | number

/** An ensemble in memory: versions, transactions, NOT_EMPTY, ACLs for the identity dman, and faults at chosen writes. */
export interface FakeEnsemble {
  readonly znodes: Map<string, FakeZnode>
  open: () => Promise<ZooKeeper>
  /** faults by the number of the write, from 0 */
  readonly faults: Map<number, Fault>
  /** what its servers are not too old, or not set up, for: ACLs of the scheme sasl, IPv6 addresses in those of ip */
  takes: { sasl: boolean; ipv6: boolean }
  /** writes so far: transactions and changes of ACLs */
  multis: number
  reads: number
  sessions: number
  /** bytes of the largest request so far */
  largest: number
  /** called after each transaction that was applied */
  onCommit: (operations: readonly Operation[]) => void
  /** called after each change of an ACL that was applied */
  onAcl: (path: string, acl: readonly Acl[]) => void
  /** called before each write, for edits by others */
  beforeMulti: (count: number) => void
  /** whatever is still under way in a frozen server, done now */
  thaw(): void
  put(path: string, text: string, ephemeral?: boolean): void
  /** someone else's change of an ACL */
  grant(path: string, ...acl: readonly Acl[]): void
  remove(path: string): void
  text(path: string): string | undefined
  /** every znode's text by path, without metadata and what is always there */
  tree(): Record<string, string>
}

const limit = 1_048_575
const anyone = [{ scheme: 'world', id: 'anyone', perms: 'cdrwa' }]
const fresh = {
  version: 0,
  czxid: 0,
  mzxid: 0,
  aversion: 0,
  acl: anyone as readonly Acl[],
  ephemeral: false,
}

const hex = (zxid: number): string => zxid.toString(16).padStart(16, '0')

/** What every session here may do: it is dman. */
const may = ({ acl }: FakeZnode, perm: string): boolean =>
  acl.some(({ scheme, id, perms }) => perms.includes(perm) && (scheme === 'world' || id.startsWith('dman:')))

export function fakeEnsemble(yielding: () => Promise<void> = () => Promise.resolve()): FakeEnsemble {
  const znodes = new Map<string, FakeZnode>()
  const late: { at: number; apply: () => unknown }[] = []
  let zxid = 0
  let calls = 0

  const childrenOf = (path: string) => {
    const prefix = path === '/' ? '/' : `${path}/`
    return [...znodes.keys()]
      .filter((other) => other !== path && other.startsWith(prefix) && !other.slice(prefix.length).includes('/'))
      .map((other) => other.slice(prefix.length))
      .sort()
  }
  const statOf = (path: string, znode: FakeZnode): Stat => ({
    czxid: hex(znode.czxid),
    mzxid: hex(znode.mzxid),
    version: znode.version,
    aversion: znode.aversion,
    ephemeralOwner: (znode.ephemeral ? '1' : '').padStart(16, '0'),
    dataLength: znode.data.length,
    numChildren: childrenOf(path).length,
  })

  const isAcl = (acl: readonly Acl[]): boolean =>
    acl.length > 0 &&
    acl.every(({ scheme, id }) => {
      const [, address = '', bits = '0'] = /^([^/]*)(?:\/(\d+))?$/.exec(id) ?? []
      if (scheme === 'ip' && isIPv4(address)) return Number(bits) <= 32
      if (scheme === 'ip') return fake.takes.ipv6 && isIPv6(address) && Number(bits) <= 128
      return scheme !== 'sasl' || fake.takes.sasl
    })

  const parentOf = (path: string) => znodes.get(path.slice(0, path.lastIndexOf('/')) || '/')

  function create({ path, data, isNull = false, acl }: Extract<Operation, { do: 'create' }>): string | undefined {
    const parent = parentOf(path)
    if (parent === undefined) return 'NO_NODE'
    if (parent.ephemeral) return 'NO_CHILDREN_FOR_EPHEMERALS'
    if (znodes.has(path)) return 'NODE_EXISTS'
    if (!isAcl(acl)) return 'INVALID_ACL'
    if (!may(parent, 'c')) return 'NO_AUTH'
    znodes.set(path, { ...fresh, data, ...(isNull && { isNull }), czxid: zxid, mzxid: zxid, acl })
    return undefined
  }

  function step(operation: Operation): string | undefined {
    const { path } = operation
    if (operation.do === 'create') return create(operation)
    const znode = znodes.get(path)
    if (znode === undefined) return 'NO_NODE'
    if (operation.version !== -1 && operation.version !== znode.version) return 'BAD_VERSION'
    if (operation.do === 'set') {
      if (!may(znode, 'w')) return 'NO_AUTH'
      znodes.set(path, { ...znode, data: operation.data, version: znode.version + 1, mzxid: zxid })
    }
    if (operation.do === 'delete') {
      const parent = parentOf(path)
      if (childrenOf(path).length > 0) return 'NOT_EMPTY'
      if (parent === undefined || !may(parent, 'd')) return 'NO_AUTH'
      znodes.delete(path)
    }
    return undefined
  }

  function setAcl(path: string, acl: readonly Acl[], version: number): string | undefined {
    if (!isAcl(acl)) return 'INVALID_ACL'
    const znode = znodes.get(path)
    if (znode === undefined) return 'NO_NODE'
    if (!may(znode, 'a')) return 'NO_AUTH'
    if (version !== -1 && version !== znode.aversion) return 'BAD_VERSION'
    znodes.set(path, { ...znode, acl, aversion: znode.aversion + 1 })
    fake.onAcl(path, acl)
    return undefined
  }

  function apply(operations: readonly Operation[]): { code: string; index: number } | undefined {
    const before = new Map(znodes)
    zxid++
    for (const [index, operation] of operations.entries()) {
      const code = step(operation)
      if (code === undefined) continue
      znodes.clear()
      for (const [path, znode] of before) znodes.set(path, znode)
      return { code, index }
    }
    fake.onCommit(operations)
    return undefined
  }

  const tick = () => {
    calls++
    for (const one of late.splice(0)) {
      if (one.at <= calls) one.apply()
      else late.push(one)
    }
  }

  function session(): ZooKeeper {
    let dead = false
    const call = async <T>(body: () => T): Promise<T> => {
      await yielding()
      if (dead) throw new ZooKeeperError('SESSION_EXPIRED', 'the session is gone')
      tick()
      return body()
    }
    const read = <T>(path: string, body: (znode: FakeZnode) => T): Promise<T | null> =>
      call(() => {
        fake.reads++
        const znode = znodes.get(path)
        return znode === undefined ? null : body(znode)
      })
    const cut = () => {
      dead = true
      return new ZooKeeperError('CONNECTION_LOSS', 'cut')
    }
    /** One write, with the fault that is due: `apply` says why it is refused. */
    const write = <T>(apply: () => T, isTooLarge = false): T => {
      const count = fake.multis++
      fake.beforeMulti(count)
      const fault = fake.faults.get(count)
      if (isTooLarge || fault === 'lost') throw cut()
      if (typeof fault === 'number') {
        late.push({ at: calls + fault, apply })
        throw cut()
      }
      const refused = apply()
      if (fault === 'unheard') throw cut()
      return refused
    }
    return {
      sessionId: String(fake.sessions++),
      get: (path) =>
        read(path, (znode) => {
          if (!may(znode, 'r')) throw new ZooKeeperError('NO_AUTH', path)
          return { data: znode.data, isNull: znode.isNull ?? false, stat: statOf(path, znode) }
        }),
      exists: (path) => read(path, (znode) => statOf(path, znode)),
      children: (path) => read(path, () => childrenOf(path)),
      getAcl: (path) => read(path, (znode) => ({ acl: znode.acl, stat: statOf(path, znode) })),
      setAcl: (path, acl, version) =>
        call(() => {
          const code = write(() => setAcl(path, acl, version))
          if (code !== undefined) throw new ZooKeeperError(code, path)
        }),
      sync: () => call(() => undefined),
      multi: (operations) =>
        call(() => {
          const size = encodedSize(operations)
          fake.largest = Math.max(fake.largest, size)
          const failed = write(() => apply(operations), size > limit)
          if (failed !== undefined)
            throw new ZooKeeperError(failed.code, operations[failed.index]?.path ?? '', failed.index)
          return operations.some(({ do: what }) => what === 'create') ? hex(zxid) : null
        }),
      close: async () => {
        dead = true
        await Promise.resolve()
      },
    }
  }

  const fake: FakeEnsemble = {
    znodes,
    open: () => Promise.resolve(session()),
    faults: new Map(),
    takes: { sasl: true, ipv6: true },
    multis: 0,
    reads: 0,
    sessions: 0,
    largest: 0,
    onCommit: () => undefined,
    onAcl: () => undefined,
    beforeMulti: () => undefined,
    thaw: () => late.splice(0).forEach((one) => one.apply()),
    put(path, text, ephemeral = false) {
      const data = Buffer.from(text)
      const have = znodes.get(path)
      const parent = path.slice(0, path.lastIndexOf('/')) || '/'
      if (parent !== '/' && !znodes.has(parent)) fake.put(parent, '')
      zxid++
      if (have === undefined) znodes.set(path, { ...fresh, data, czxid: zxid, mzxid: zxid, ephemeral })
      else znodes.set(path, { ...have, data, version: have.version + 1, mzxid: zxid })
    },
    grant(path, ...acl) {
      const have = znodes.get(path)
      if (have !== undefined) znodes.set(path, { ...have, acl, aversion: have.aversion + 1 })
    },
    remove: (path) => void znodes.delete(path),
    text: (path) => znodes.get(path)?.data.toString(),
    tree: () =>
      Object.fromEntries(
        [...znodes]
          .filter(([path]) => !['/', '/zookeeper', '/dman'].includes(path) && !path.startsWith('/dman/meta'))
          .map(([path, { data }]) => [path, data.toString()] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
  }
  for (const path of ['/', '/zookeeper']) znodes.set(path, { ...fresh, data: Buffer.alloc(0) })
  return fake
}
