import type { Inventory, InventoryHost } from '../inventory/inventory.ts'
import { failuresOf } from '../model/failure.ts'
import { type HostName, isWanted } from '../model/names.ts'
import type { Forwards } from '../ssh/connection.ts'
import { ForwardRefused } from '../ssh/failures.ts'
import { type Finding, ok, refusal, warning } from './preflight/finding.ts'

/** What came of a connection from one host to address:port of another; a refused one was answered, so it is reached. */
export type Reached =
  | { readonly is: 'reached' }
  | { readonly is: 'blocked'; readonly got: string }
  /** the host's sshd allows no forwarding */
  | { readonly is: 'prohibited' }
  | { readonly is: 'unknown'; readonly got: string }

/** One try, by forwarding from that host; never rejects. */
export type Probe = (from: HostName, address: string, port: number) => Promise<Reached>

const patience = 5_000

/** Tries by forwarding over the connections at hand; no answer within 5 s is blocked, as sshd itself would wait for minutes. */
export const probeOver =
  (connections: ReadonlyMap<HostName, Pick<Forwards, 'forward'>>): Probe =>
  async (from, address, port) => {
    const connection = connections.get(from)
    if (connection === undefined) return { is: 'unknown', got: 'there is no connection to that host' }
    try {
      const stream = await connection.forward(address, port, AbortSignal.timeout(patience))
      stream.destroy()
      return { is: 'reached' }
    } catch (thrown) {
      if (thrown instanceof ForwardRefused) return ofRefusal(thrown)
      return { is: 'unknown', got: failuresOf(thrown).map((failure) => failure.got)[0] ?? 'no answer' }
    }
  }

function ofRefusal({ reason, got }: ForwardRefused): Reached {
  if (reason === 'refused') return { is: 'reached' }
  if (reason === 'prohibited') return { is: 'prohibited' }
  return { is: reason, got }
}

interface Pair {
  readonly from: InventoryHost
  readonly to: InventoryHost
}

/**
 * Whether every member reaches the peer and election port of every participant: a finding a pair that is fine, one a port that
 * is not. All pairs are tried side by side.
 */
export async function reachability(inventory: Inventory, probe: Probe): Promise<readonly Finding[]> {
  const found = await Promise.all(pairsOf(inventory).map((pair) => ofPair(inventory, pair, probe)))
  return found.flat()
}

/** Who connects to whom: all members to the participants, which alone lead and vote. */
function pairsOf({ hosts }: Inventory): readonly Pair[] {
  const members = hosts.filter(isWanted)
  const voters = members.filter(({ role }) => role === 'participant')
  return members.flatMap((from) => voters.filter((to) => to !== from).map((to) => ({ from, to })))
}

async function ofPair({ ports }: Inventory, { from, to }: Pair, probe: Probe): Promise<readonly Finding[]> {
  const tries = await Promise.all(
    (['peer', 'election'] as const).map(async (name) => ({
      what: `${name} port ${ports[name]} of ${to.name} (${to.address})`,
      reached: await probe(from.name, to.address, ports[name]),
    })),
  )
  if (tries.every(({ reached }) => reached.is === 'reached')) return [ok(from.name, 'reach', `${to.name} is reached`)]
  if (tries.every(({ reached }) => reached.is === 'prohibited'))
    return [
      warning(
        from.name,
        'reach',
        `unknown whether ${to.name} is reached: sshd prohibits forwarding`,
        'set AllowTcpForwarding on that host: without it passwords go from here to its member in the clear; or try it by hand',
      ),
    ]
  return tries.flatMap(({ what, reached }) => judged(from, what, reached))
}

function judged(from: InventoryHost, what: string, reached: Reached): readonly Finding[] {
  if (reached.is === 'reached') return []
  if (reached.is === 'blocked')
    return [
      refusal(from.name, 'reach', `${what} is blocked: ${reached.got}`, 'open it in the firewalls between the two'),
    ]
  const why = reached.is === 'prohibited' ? 'sshd prohibits forwarding' : reached.got
  return [warning(from.name, 'reach', `${what}: unknown, ${why}`, 'try it by hand')]
}
