import type { MachineFacts } from '../../remote/host-facts.ts'
import { addressesClash } from './addresses.ts'
import { ok, refusal, warning, type Finding, type Known, type Seen } from './finding.ts'

/** Each port that the member is to listen on: taken by someone else or not. Our own server there is as it should be. */
export function ports(known: Known, { host, facts }: Seen): readonly Finding[] {
  const taken = Object.entries(known.inventory.ports).flatMap(([name, port]: [string, number | undefined]) =>
    facts.machine.listening
      .filter((socket) => socket.port === port && !socket.ours)
      .flatMap((socket) => {
        const clash = addressesClash(host.address, socket.address)
        if (clash === 'no') return []
        const got = `${name} port ${socket.port} is taken on ${socket.address} by ${owner(socket)}`
        const hint = `stop that, or set ports.${name} in the inventory`
        return [(clash === 'yes' ? refusal : warning)(host.name, 'ports', got, hint)]
      }),
  )
  return taken.length > 0 ? taken : [ok(host.name, 'ports', 'free, or ours')]
}

function owner({ owner: fact }: MachineFacts['listening'][number]): string {
  if (fact.is === 'present') return `${fact.value.command} (pid ${fact.value.pid}, uid ${fact.value.uid})`
  return 'a process that this user may not see'
}
