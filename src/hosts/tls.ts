import { Failure } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import type { TlsMaterials } from '../model/tls-materials.ts'
import { stageText, tlsOff, type TlsRelease, type TlsStage } from '../model/tls-stage.ts'

/** Where members are to come to. */
export const wantedStage = (tls: boolean, made: TlsMaterials | undefined): TlsStage =>
  tls && made !== undefined ? { mode: 'strict', trusts: [made.current], issuer: made.current } : tlsOff

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
 * One PEM file has key and certificate, another the CAs. Both ends look for the other's address in its certificate, which 3.9 does only with
 * `fips-mode` off (3.8 knows no such key). Throws a Failure, exit 5, where a certificate is not at hand.
 */
export function tlsConf(host: HostName, stage: TlsStage, made: TlsMaterials | undefined): TlsConf {
  if (stage.mode === 'off') return nothing
  const own = made?.members[host]?.[stage.issuer]
  const trusted = stage.trusts.map((print) => made?.authorities[print]?.certificate)
  const issuer = made?.authorities[stage.issuer]
  if (own === undefined || issuer === undefined || trusted.includes(undefined)) throw notAtHand(host)
  const release = { ...stage, expires: Math.min(own.expires, issuer.expires), names: own.names }
  return {
    stage: release,
    settings: {
      portUnification: String(stage.mode !== 'strict'),
      sslQuorum: String(stage.mode !== 'mixed'),
      'fips-mode': 'false',
      'ssl.quorum.hostnameVerification': 'true',
      'ssl.quorum.keyStore.location': 'current/member.pem',
      'ssl.quorum.keyStore.type': 'PEM',
      'ssl.quorum.trustStore.location': 'current/trust.pem',
      'ssl.quorum.trustStore.type': 'PEM',
    },
    files: {
      tls: stageText(release),
      'member.pem': `${own.key.reveal()}${own.certificate}`,
      'trust.pem': trusted.join(''),
    },
  }
}

const notAtHand = (host: HostName) =>
  new Failure({
    host,
    step: 'render its settings of TLS',
    got: 'its members trust a CA whose certificates secrets.json does not have',
    hint: 'put back the secrets.json that this ensemble was run with last',
    exit: 5,
  })
