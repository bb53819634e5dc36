import type { MachineFacts } from '../../remote/host-facts.ts'
import { addressesClash, isNumeric } from './addresses.ts'
import { type Finding, type Known, ok, refusal, type Seen, warning } from './finding.ts'

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

/** Debian's /etc/hosts has the host's own name at 127.0.1.1: the member would listen there, where no other reaches it. */
export function ownName({ host: { name, address } }: Seen): readonly Finding[] {
  if (isNumeric(address)) return []
  const got = `\`${address}\` is a name: the host itself may know it as a loopback address such as 127.0.1.1`
  return [warning(name, 'address', got, 'write an IP address into the inventory')]
}

function owner({ owner: fact }: MachineFacts['listening'][number]): string {
  if (fact.is === 'present') return `${fact.value.command} (pid ${fact.value.pid}, uid ${fact.value.uid})`
  return 'a process that this user may not see'
}
