import type { InventoryHost } from '../../../inventory/inventory.ts'
import { onAbort } from '../../../model/abort.ts'
import { type Dial, DialRefused } from '../../../model/dial.ts'
import { Failure, failuresOf, Interrupted, Unreachable } from '../../../model/failure.ts'
import type { HostName } from '../../../model/names.ts'
import { sideBySide } from '../../../model/pool.ts'
import { remoteOf } from '../../../remote/call.ts'
import type { Remote } from '../../../remote/remote.ts'
import { connect } from '../../../ssh/connect.ts'
import type { Connection, Forwards } from '../../../ssh/connection.ts'
import { ForwardRefused } from '../../../ssh/failures.ts'
import { type Jumps, newJumps } from '../../../ssh/jumps.ts'
import { goOn } from '../run/interrupted.ts'
import type { Run } from '../run/run.ts'

/** The connections of one run, one a host, and who could not be reached. */
export interface Fleet {
  /** what runs on a host goes by its remote, so that reading and changing stay apart */
  readonly connections: ReadonlyMap<HostName, Forwards>
  /** in order of id, as the lock is taken */
  readonly remotes: readonly Remote[]
  readonly unreached: ReadonlyMap<HostName, Failure>
  readonly dial: Dial
  /** whose sshd was seen to forbid forwarding: what is said to their ports goes there without SSH */
  readonly beside: ReadonlySet<HostName>
}

/** By what a host is asked; undefined where it was not reached (whyUnreached). */
export const remoteOn = ({ remotes }: Pick<Fleet, 'remotes'>, host: HostName): Remote | undefined =>
  remotes.find((remote) => remote.host === host)

/** ms that a login may take: 20 s where nobody says more, for a host that is out of reach keeps all others waiting. */
export const loginTime = (timeout: number): number => Math.min(timeout, Math.max(20_000, Math.min(60_000, timeout / 6)))

/** Logs in to all hosts side by side and ends the connections however `body` ends. A host that is not reached is no failure yet. */
export async function withFleet<T>(run: Run, body: (fleet: Fleet) => Promise<T>): Promise<T> {
  const connections = new Map<HostName, Connection>()
  const unreached = new Map<HostName, Failure>()
  const { hosts } = run.inventory
  const jumps = newJumps()
  const login = async (host: InventoryHost) => {
    const slow = setTimeout(() => {
      run.emit({ task: `connect/${host.name}`, host: host.name, is: 'waiting', for: `an answer of ${host.ssh.host}` })
    }, 1500)
    try {
      connections.set(host.name, await logIn(run, host, jumps))
    } catch (thrown) {
      for (const failure of failuresOf(thrown, 'log in')) unreached.set(host.name, failure.of(host.name))
    } finally {
      clearTimeout(slow)
    }
  }
  try {
    await sideBySide(run.options.concurrency, hosts, login)
    goOn(run)
    return await body({ connections, unreached, ...callsOf(run, connections, unreached) })
  } finally {
    for (const connection of connections.values()) connection.close()
  }
}

async function logIn(run: Run, { name, ssh }: InventoryHost, jumps: Jumps): Promise<Connection> {
  // Not AbortSignal.any of a timeout: on Node 20 that one never fires once it was garbage collected.
  const deadline = new AbortController()
  const patience = loginTime(run.options.timeout)
  const late = setTimeout(() => deadline.abort(new DOMException('timed out', 'TimeoutError')), patience)
  const forget = onAbort(run.interrupted, () => deadline.abort(interrupted))
  try {
    return await connect(
      { ...ssh, host: name, address: ssh.host },
      {
        acceptNew: run.options.acceptNewHostKeys,
        prompt: ({ text }) => run.ask.secret(text),
        emit: run.emit,
        deadline: deadline.signal,
        jumps,
      },
    )
  } finally {
    clearTimeout(late)
    forget()
  }
}

const interrupted = new Interrupted({ step: 'log in', got: 'interrupted', hint: 'nothing was changed' })

function callsOf(run: Run, connections: ReadonlyMap<HostName, Connection>, unreached: ReadonlyMap<HostName, Failure>) {
  const { inventory, options, emit } = run
  const remotes = inventory.hosts.flatMap(({ name }) => {
    const connection = connections.get(name)
    return connection === undefined
      ? []
      : [remoteOf(connection, { home: inventory.home, timeout: options.timeout, emit })]
  })
  const beside = new Set<HostName>()
  const dial: Dial = async (name, port, deadline, other) => {
    const host = inventory.hosts.find((one) => one.name === name)
    const connection = connections.get(name)
    if (host === undefined || connection === undefined) throw unreached.get(name) ?? unknownHost(name)
    const address = other ?? host.address
    try {
      return await connection.forward(address, port, deadline)
    } catch (thrown) {
      if (!(thrown instanceof ForwardRefused)) throw thrown
      // An sshd that forbids forwarding: perhaps the port can be reached as the host itself was.
      if (thrown.reason === 'prohibited') {
        beside.add(name)
        return connection.goBeside(address, port, deadline)
      }
      throw thrown.reason === 'refused' ? new DialRefused(thrown.parts()) : thrown
    }
  }
  return { remotes, dial, beside }
}

/** Why there is no connection to that host. */
export const whyUnreached = ({ unreached }: Pick<Fleet, 'unreached'>, host: HostName): Failure =>
  unreached.get(host) ?? new Unreachable({ host, step: 'log in', got: 'there is no connection', hint: 'run it again' })

const unknownHost = (name: HostName): Failure =>
  new Failure({ host: name, step: 'connect', got: 'no such host in the inventory', hint: 'check its name', exit: 3 })
