import { hostPort, parseHop } from '../model/address.ts'
import type { HostName } from '../model/names.ts'
import type { Secret } from '../model/secret.ts'
import { Failure } from '../model/failure.ts'

/** Whom to log in to and how; the inventory's ssh settings with the host's name and `address` for where SSH connects. */
export interface Target {
  readonly host: HostName
  readonly address: string
  readonly port: number
  readonly user: string
  /** path of a private key; absent: the agent's keys, then the usual ones */
  readonly identity?: string | undefined
  /** new keys are recorded here */
  readonly knownHosts: string
  /** hops as `user@host:port`, first hop first; user and port may be left out */
  readonly jump: readonly string[]
  readonly password?: Secret | undefined
}

/** One login on the way to a target; the target itself is the last. */
export interface Hop {
  readonly host: HostName
  readonly address: string
  readonly port: number
  readonly user: string
  readonly identity?: string | undefined
  readonly password?: Secret | undefined
  readonly isJump: boolean
}

/** The logins on the way, the target last. Throws a Failure (exit 3) for a hop that cannot be read. */
export function routeOf(target: Target): readonly Hop[] {
  const { host, address, port, user, identity, password } = target
  const hops = target.jump.map((text) => ({ ...hopOf(text, target), host, identity, isJump: true }))
  return [...hops, { host, address, port, user, identity, password, isJump: false }]
}

function hopOf(text: string, target: Target): Pick<Hop, 'address' | 'port' | 'user'> {
  const hop = parseHop(text)
  if (hop === undefined) {
    throw new Failure({
      host: target.host,
      step: 'read the jump hosts',
      got: `'${text}' is not user@host:port`,
      hint: 'write each hop as user@host or user@host:port, an IPv6 address in brackets',
      exit: 3,
    })
  }
  return { user: hop.user ?? target.user, address: hop.host, port: hop.port ?? 22 }
}

/** `address:port`, with brackets around an IPv6 address. */
export const place = ({ address, port }: Pick<Hop, 'address' | 'port'>): string => hostPort(address, port)

/** How a step names a hop: `connect to 10.0.0.11:22`, or with the jump host named as such. */
export const connectStep = (hop: Hop): string => `connect to ${hop.isJump ? 'jump host ' : ''}${place(hop)}`
export const loginStep = (hop: Hop): string => `log in to ${hop.isJump ? 'jump host ' : ''}${hop.user}@${place(hop)}`
