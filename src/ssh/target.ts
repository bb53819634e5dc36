import { join } from 'node:path'
import { hostPort, parseHop } from '../model/address.ts'
import { Failure, Unreachable } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import type { Secret } from '../model/secret.ts'
import type { Asked, HostConfig } from './config.ts'

/**
 * Whom to log in to and how: the inventory's ssh settings with the host's name, and `address` for where SSH connects. What is
 * left out is what ~/.ssh/config says of `address`.
 */
export interface Target {
  readonly host: HostName
  /** an address, a name, or what ~/.ssh/config has a HostName for */
  readonly address: string
  /** else 22 */
  readonly port?: number | undefined
  /** else dman */
  readonly user?: string | undefined
  /** path of a private key; absent: the agent's keys, then those of ~/.ssh/config, then the usual ones */
  readonly identity?: string | undefined
  /** new keys are recorded here; else in ~/.ssh/known_hosts */
  readonly knownHosts?: string | undefined
  /** hops as `user@host:port`, first hop first; user and port may be left out; empty: none, whatever ~/.ssh/config says */
  readonly jump?: readonly string[] | undefined
  readonly password?: Secret | undefined
}

/** One login on the way to a target; the target itself is the last. */
export interface Hop {
  readonly host: HostName
  readonly address: string
  readonly port: number
  readonly user: string
  /** the inventory's */
  readonly identity?: string | undefined
  /** ~/.ssh/config's; absent where it names none */
  readonly identityFiles?: readonly string[] | undefined
  readonly identitiesOnly: boolean
  /** an agent's socket; null for none; absent for the environment's */
  readonly agent?: string | null | undefined
  /** known_hosts of ours, the first one takes new keys; everybody's comes after them */
  readonly knownHosts: readonly string[]
  readonly hostKeyAlias?: string | undefined
  readonly password?: Secret | undefined
  readonly isJump: boolean
}

/** What the way to a target is found by. */
export interface Lookup {
  readonly configOf: (asked: Asked) => HostConfig
  readonly home: string
  readonly localUser: string
}

/**
 * The logins on the way, the target last. A jump host's own ProxyJump counts too where it is the first of its list, as with ssh.
 * Throws a Failure: exit 3 for a hop that cannot be read, 4 for a way that is not ours to go.
 */
export function routeOf(target: Target, lookup: Lookup): readonly Hop[] {
  const { host, address, identity, password, jump } = target
  const config = lookup.configOf({ name: address, user: target.user, port: target.port })
  const user = config.user ?? 'dman'
  const last = { ...hopOf(target, config, user, lookup), password, isJump: false }
  const way: Way = { target, lookup, seen: [], identity }
  const hops = jump === undefined ? jumpsOf(config, host, lookup.localUser, way) : listed(jump, user, way)
  return [...hops, last]
}

interface Way {
  readonly target: Target
  readonly lookup: Lookup
  /** jump hosts that were gone through already, to tell a circle */
  readonly seen: readonly string[]
  readonly identity: string | undefined
}

function hopOf({ host, identity, knownHosts }: Target, config: HostConfig, user: string, { home }: Lookup): Hop {
  const { address, port = 22, identityFiles, identitiesOnly, agent, hostKeyAlias } = config
  // one that forgets what it is told would make every key a new one
  const own = config.knownHosts?.filter((file) => file !== '/dev/null') ?? []
  const usual = ['known_hosts', 'known_hosts2'].map((name) => join(home, '.ssh', name))
  const files = knownHosts !== undefined ? [knownHosts] : own.length > 0 ? own : usual
  const ofConfig = { identityFiles, identitiesOnly, agent, hostKeyAlias }
  return { host, address, port, user, identity, ...ofConfig, knownHosts: files, isJump: true }
}

/** The hops of a host's ProxyJump. */
function jumpsOf({ proxyJump, proxyCommand }: HostConfig, name: string, user: string, way: Way): readonly Hop[] {
  const jump = proxyJump ?? jumpIn(proxyCommand ?? '') ?? 'none'
  if (proxyCommand !== undefined && jump === 'none' && proxyCommand.trim().toLowerCase() !== 'none') {
    const got = `~/.ssh/config reaches ${name} by a ProxyCommand, which is not run`
    const hint = 'write the way as ProxyJump there, or as ssh.jump in the inventory ([] for none)'
    throw new Unreachable({ host: way.target.host, step: 'find the way', got, hint })
  }
  return jump.toLowerCase() === 'none' ? [] : listed(jump.split(','), user, way)
}

/** `ssh -W %h:%p HOP` is what ProxyJump was written as before there was one. */
function jumpIn(command: string): string | undefined {
  const [ssh = '', ...words] = command
    .trim()
    .replace(/^exec\s+/, '')
    .split(/\s+/)
  const args = words.filter((word) => word !== '-q')
  const at = args.indexOf('-W')
  const [hop, ...more] = args.filter((_, index) => index !== at && index !== at + 1)
  const isOne = at >= 0 && /^(%h:%p|\[%h\]:%p)$/.test(args[at + 1] ?? '') && more.length === 0
  return isOne && /^(.*\/)?ssh$/.test(ssh) && hop?.startsWith('-') === false ? hop : undefined
}

function listed(jump: readonly string[], user: string, way: Way): readonly Hop[] {
  return jump.flatMap((text, index) => {
    const { host: name, user: given, port } = hopNamed(text.replace(/^ssh:\/\//i, '').replace(/\/$/, ''), way)
    const config = way.lookup.configOf({ name, user: given, port })
    const hop = hopOf(way.target, config, config.user ?? user, way.lookup)
    if (index > 0) return [hop]
    const here = `${hop.user}@${place(hop)}`
    if (way.seen.includes(here)) throw circle(here, way)
    return [...jumpsOf(config, name, way.lookup.localUser, { ...way, seen: [...way.seen, here] }), hop]
  })
}

function hopNamed(text: string, { target }: Way) {
  const hop = parseHop(text)
  if (hop !== undefined) return hop
  const hint = 'write each hop as user@host or user@host:port, an IPv6 address in brackets'
  const got = `'${text}' is not user@host:port`
  throw new Failure({ host: target.host, step: 'read the jump hosts', got, hint, exit: 3 })
}

function circle(here: string, { target }: Way): Failure {
  const hint = 'leave the jump host out of the pattern that names it: `Host * !bastion`'
  const got = `~/.ssh/config reaches ${here} through itself`
  return new Failure({ host: target.host, step: 'read the jump hosts', got, hint, exit: 3 })
}

/** `address:port`, with brackets around an IPv6 address. */
export const place = ({ address, port }: Pick<Hop, 'address' | 'port'>): string => hostPort(address, port)

/** What a hop's key is recorded under. */
export const keyPlace = ({ hostKeyAlias, address, port }: Hop): Pick<Hop, 'address' | 'port'> =>
  hostKeyAlias === undefined ? { address, port } : { address: hostKeyAlias, port: 22 }

/** How a step names a hop: `connect to 10.0.0.11:22`, or with the jump host named as such. */
export const connectStep = (hop: Hop): string => `connect to ${hop.isJump ? 'jump host ' : ''}${place(hop)}`
export const loginStep = (hop: Hop): string => `log in to ${hop.isJump ? 'jump host ' : ''}${hop.user}@${place(hop)}`
