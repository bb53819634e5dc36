import { Failure } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import type { TlsMaterials } from '../../model/tls-materials.ts'
import { stageText, tlsOff, type TlsRelease, type TlsStage } from '../../model/tls-stage.ts'

/** Where members are to come to. */
export const wantedStage = (tls: boolean, made: TlsMaterials | undefined): TlsStage =>
  tls && made !== undefined ? { mode: 'strict', trusts: [made.current], issuer: made.current } : tlsOff

/** Where a member takes clients by TLS. */
export interface Secure {
  readonly address: string
  readonly port: number
}

/** Whether all that a stage takes is there for each of these hosts. */
export const isAtHand = (stage: TlsStage, hosts: readonly HostName[], made: TlsMaterials | undefined): boolean =>
  stage.mode === 'off' ||
  (stage.trusts.every((print) => made?.authorities[print] !== undefined) &&
    hosts.every((host) => made?.members[host]?.[stage.issuer] !== undefined))

/** What a stage adds to a conf release. */
export interface TlsConf {
  readonly stage: TlsRelease
  /** lines of zoo.cfg */
  readonly settings: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, string>>
}

const nothing: TlsConf = { stage: tlsOff, settings: {}, files: {} }

/**
 * One PEM file has key and certificate, another the CAs; members show peers and clients the same certificate. While they talk plainly to each
 * other it is that of the CA to come to. Throws a Failure, exit 5, where a certificate is not at hand.
 */
export function tlsConf(
  host: HostName,
  stage: TlsStage,
  made: TlsMaterials | undefined,
  secure: Secure | undefined,
): TlsConf {
  const isOff = stage.mode === 'off'
  if (isOff && secure === undefined) return nothing
  const current = made?.current ?? ''
  const [issuer, trusts] = isOff ? [current, [current]] : [stage.issuer, stage.trusts]
  const own = made?.members[host]?.[issuer]
  const trusted = trusts.map((print) => made?.authorities[print]?.certificate)
  const authority = made?.authorities[issuer]
  if (own === undefined || authority === undefined || trusted.includes(undefined)) throw notAtHand(host)
  const release = { ...stage, expires: Math.min(own.expires, authority.expires), names: own.names }
  return {
    stage: release,
    settings: { ...(isOff ? {} : betweenMembers(stage)), ...(secure && forClients(secure)) },
    files: {
      tls: stageText(release),
      'member.pem': `${own.key.reveal()}${own.certificate}`,
      'trust.pem': trusted.join(''),
    },
  }
}

const stores = (prefix: string) => ({
  [`${prefix}.keyStore.location`]: 'current/member.pem',
  [`${prefix}.keyStore.type`]: 'PEM',
  [`${prefix}.trustStore.location`]: 'current/trust.pem',
  [`${prefix}.trustStore.type`]: 'PEM',
})

/** Both ends look for the other's address in its certificate, which 3.9 does only with `fips-mode` off (3.8 knows no such key). */
const betweenMembers = ({ mode }: TlsStage) => ({
  portUnification: String(mode !== 'strict'),
  sslQuorum: String(mode !== 'mixed'),
  'fips-mode': 'false',
  'ssl.quorum.hostnameVerification': 'true',
  ...stores('ssl.quorum'),
})

/**
 * Clients need no certificate: they verify the member's, and digests say who may do what. The trust store is there since ZooKeeper logs a
 * warning at each connection without one. The files are read anew at each connection, so current/ is to be what the server was started from.
 */
const forClients = ({ address, port }: Secure) => ({
  serverCnxnFactory: 'org.apache.zookeeper.server.NettyServerCnxnFactory',
  secureClientPort: String(port),
  secureClientPortAddress: address,
  'ssl.clientAuth': 'none',
  ...stores('ssl'),
})

const notAtHand = (host: HostName) =>
  new Failure({
    host,
    step: 'render its settings of TLS',
    got: 'secrets.json does not have its certificate of the CA that members trust',
    hint: 'put back the secrets.json that this ensemble was run with last',
    exit: 5,
  })
