import { canonicalAddress, isAlias, parseHop } from '../model/address.ts'
import { addressProblem, isLoopback } from './address.ts'
import { type Disk, pathProblem } from './paths.ts'
import type { Path, Problem } from './problem.ts'
import type { RawHost, RawInventory, RawSsh } from './schema.ts'

type Named = readonly [name: string, host: RawHost]

export function checkHosts(raw: RawInventory, disk: Disk): Problem[] {
  const hosts = Object.entries(raw.hosts)
  return [
    ...checkNumber(hosts),
    ...duplicates(
      hosts,
      ({ id }) => String(id),
      'id',
      (id) => `id ${id}`,
    ),
    ...duplicates(
      hosts,
      ({ address }) => canonicalAddress(address),
      'address',
      (address) => `address ${address}`,
    ),
    ...checkLogins(raw, hosts),
    ...hosts.flatMap((host) => checkSshdPort(raw, host)),
    ...hosts.flatMap(([name, host]) => checkAddresses(name, host)),
    ...checkLoopback(hosts),
    ...checkSsh(raw.ssh, ['ssh'], disk),
    ...hosts.flatMap(([name, { ssh }]) => (ssh === undefined ? [] : checkSsh(ssh, ['hosts', name, 'ssh'], disk))),
  ]
}

/** docs/design.md, The inventory: one to nine participants, any number of observers. */
function checkNumber(hosts: readonly Named[]): Problem[] {
  const participants = hosts.filter(([, { role }]) => role === 'participant').length
  const problem = (what: string, hint: string): Problem[] => [{ path: ['hosts'], at: 'key', what, hint }]
  if (participants === 0) return problem('no host is a participant', 'an ensemble needs at least one, better three')
  if (participants > 9)
    return problem(`${participants} hosts are participants`, 'nine at most; make the others observers')
  return []
}

function duplicates(
  hosts: readonly Named[],
  keyOf: (host: RawHost) => string,
  field: 'id' | 'address',
  words: (value: string) => string,
): Problem[] {
  const first = new Map<string, string>()
  return hosts.flatMap(([name, host]): Problem[] => {
    const key = keyOf(host)
    const other = first.get(key)
    if (other === undefined) first.set(key, name)
    const what = `${words(key)} is both ${other ?? ''}'s and ${name}'s`
    return other === undefined
      ? []
      : [{ path: ['hosts', name, field], at: 'value', what, hint: `give ${name} its own ${field}` }]
  })
}

/** Two entries that are one login would be one home. */
function checkLogins(raw: RawInventory, hosts: readonly Named[]): Problem[] {
  const first = new Map<string, Named>()
  return hosts.flatMap(([name, host]): Problem[] => {
    const ssh = { ...raw.ssh, ...host.ssh }
    const login = JSON.stringify([ssh.user, canonicalAddress(host.ssh?.host ?? host.address), ssh.port ?? 22, ssh.jump])
    const other = first.get(login)
    first.set(login, other ?? [name, host])
    // a duplicate address is told already
    if (other === undefined || canonicalAddress(other[1].address) === canonicalAddress(host.address)) return []
    const what = `${name} is the same login as ${other[0]}`
    const hint = 'two members cannot share one home; correct ssh.host or ssh.port'
    const path = host.ssh?.host === undefined ? ['hosts', name, 'address'] : ['hosts', name, 'ssh', 'host']
    return [{ path, at: 'value', what, hint }]
  })
}

/** What sshd listens on, ZooKeeper cannot. */
function checkSshdPort(raw: RawInventory, [name, { address, ssh }]: Named): Problem[] {
  const port = ssh?.port ?? raw.ssh.port ?? 22
  const clash = Object.entries(raw.ports).find(([, used]) => used === port)?.[0]
  if (clash === undefined || canonicalAddress(ssh?.host ?? address) !== canonicalAddress(address)) return []
  const path = ssh?.port === undefined ? ['ports', clash] : ['hosts', name, 'ssh', 'port']
  const what = `port ${port} is both sshd's of ${name} and \`ports.${clash}\``
  return [{ path, at: 'value', what, hint: 'give ZooKeeper another port' }]
}

function checkAddresses(name: string, host: RawHost): Problem[] {
  const { host: login } = host.ssh ?? {}
  const fields: readonly (readonly [Path, string | undefined])[] = [
    [['hosts', name, 'address'], host.address],
    [['hosts', name, 'ssh', 'host'], login === undefined || isAlias(login) ? undefined : login],
  ]
  return fields.flatMap(([path, text]): Problem[] => {
    const why = text === undefined ? undefined : addressProblem(text)
    if (why === undefined || text === undefined) return []
    return [{ path, at: 'value', what: `\`${text}\`: ${why}`, hint: 'write an IP address or a host name' }]
  })
}

/** A loopback address beside others: the other members could not reach it, and the quorum would break. */
function checkLoopback(hosts: readonly Named[]): Problem[] {
  if (hosts.every(([, { address }]) => isLoopback(address))) return []
  return hosts.flatMap(([name, { address }]): Problem[] => {
    const what = `\`${address}\` means the machine itself: the other members cannot reach ${name} there`
    const hint = 'write the address that the other hosts know it by; ssh.host may differ'
    return isLoopback(address) ? [{ path: ['hosts', name, 'address'], at: 'value', what, hint }] : []
  })
}

function checkSsh(ssh: RawSsh, path: Path, disk: Disk): Problem[] {
  const hops = (ssh.jump ?? []).flatMap((hop, index): Problem[] => {
    const what = `\`${hop}\` is not a hop such as ops@bastion.example.net:22`
    const at = { path: [...path, 'jump', index], at: 'value' } as const
    return parseHop(hop) === undefined ? [{ ...at, what, hint: 'an IPv6 address stands in brackets' }] : []
  })
  const identity = ssh.identity === undefined ? [] : pathProblem(ssh.identity, [...path, 'identity'], 'file', disk)
  // a missing known_hosts is made when the first key is accepted
  const knows = ssh.known_hosts
  const knownHosts = knows === undefined ? [] : pathProblem(knows, [...path, 'known_hosts'], 'file', disk, true)
  return [...hops, ...identity, ...knownHosts]
}
