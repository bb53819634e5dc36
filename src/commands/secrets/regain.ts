import { type EnsembleFacts, type MemberFacts, stampOf } from '../../ensemble/facts.ts'
import { named } from '../../ensemble/plan/step.ts'
import { foundingConflicts, ownershipOf } from '../../hosts/ownership.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { printOf } from '../../local/certificate.ts'
import type { Founding } from '../../local/founding.ts'
import { missingSecrets, type Secrets } from '../../local/secrets.ts'
import { type FormerAuthority, tlsOf } from '../../local/tls-secrets.ts'
import { absent, type Fact } from '../../model/fact.ts'
import { Failure, failuresOf } from '../../model/failure.ts'
import { foundingNames, Secret } from '../../model/secret.ts'
import type { TlsRelease } from '../../model/tls-stage.ts'
import type { TlsFiles } from '../../remote/tls-files.ts'

// What an ensemble itself tells of what .dman is to hold. No I/O.

/** It comes back from hosts; what else is lost is made anew. */
export const theRecord = 'the record of its founding'

/** What is not there, in words; none: nothing is lost. */
export function whatIsLost(
  known: Secrets,
  identities: readonly string[],
  founding: Fact<Founding>,
  stages: readonly TlsRelease[],
): readonly string[] {
  const { lost, unmade } = missingSecrets(known, identities)
  const passwords = [...lost, ...unmade.filter((name) => foundingNames.includes(name))]
  return [
    ...passwords.map((name) => `the password of ${name}`),
    ...(founding.is === 'absent' ? [theRecord] : []),
    ...(stages.some(hasCertificate) && isTlsLost(known) ? [lostCa] : []),
  ]
}

/** While off it is shown to clients alone. */
const hasCertificate = ({ expires }: TlsRelease): boolean => expires !== Infinity

const lostCa = 'the key of its CA (clients that come by TLS need the new ca.pem)'

/** Members have certificates, and secrets.json has no whole CA. */
export function isTlsLost(known: Secrets): boolean {
  try {
    const { ca, former } = tlsOf(known)
    return ca === undefined && former === undefined
  } catch (thrown) {
    failuresOf(thrown)
    return true
  }
}

/**
 * The record of a founding, from the stamps of those that hold data of it: they were told who belongs, and go on being. Throws Failures, exit 5,
 * where there is none, or what hosts hold is not this ensemble's.
 */
export function foundingFrom(
  { ensemble, home, hosts }: Pick<Inventory, 'ensemble' | 'home' | 'hosts'>,
  { members, at }: Pick<EnsembleFacts, 'members' | 'at'>,
): Founding {
  const stamped = members.flatMap((member) => {
    const stamp = stampOf(member)
    return stamp === undefined ? [] : [{ host: member.host, founding: stamp.founding }]
  })
  const wrong = [...members.flatMap((member) => notOwn(ensemble, member)), ...foundingConflicts(stamped, absent)]
  const [first] = wrong
  if (first !== undefined) throw refuse(first.got, 'look at its data first: this is for one ensemble’s own', first.host)
  const [one] = stamped
  if (one === undefined) throw refuse('no host carries a stamp of it', 'nothing was founded yet: `up` does that')
  const names = stamped.map(({ host }) => host)
  const addresses = hosts
    .filter(({ name }) => names.includes(name))
    .map(({ name, address }) => [name, address] as const)
  return {
    id: one.founding,
    hosts: names,
    begunAt: new Date(at).toISOString(),
    state: 'done',
    addresses: Object.fromEntries(addresses),
    home,
  }
}

function notOwn(ensemble: string, { host, id, laid }: MemberFacts): readonly { host: string; got: string }[] {
  if (laid.is !== 'present') return []
  const owned = ownershipOf({ ensemble, host, id }, laid.value.data)
  return owned.is === 'own' || owned.is === 'nobody' ? [] : [{ host, got: owned.got }]
}

/** The stage of TLS that a member is to run in, by `current`; undefined where that is not known. */
export function currentStage({ laid }: MemberFacts): TlsRelease | undefined {
  if (laid.is !== 'present' || laid.value.current.is !== 'present') return undefined
  return laid.value.stages?.[laid.value.current.value] ?? undefined
}

/**
 * The CA that members come from, with their certificates and keys, without its own; undefined where none has any. Amid a change of the CA
 * they trust another, too, of which the certificate is enough. Throws a Failure, exit 5, where their certificates are of several CAs, or a file
 * is not as we write it.
 */
export function authorityFrom(
  members: readonly { readonly host: string; readonly stage: TlsRelease; readonly files: TlsFiles }[],
): FormerAuthority | undefined {
  const withTls = members.filter(({ stage }) => stage.mode !== 'off')
  const [first] = withTls
  if (first === undefined) return undefined
  const { issuer } = first.stage
  const another = withTls.filter(({ stage }) => stage.issuer !== issuer).map(({ host }) => host)
  if (another.length > 0) throw amidChange(first.host, another)
  const trusted = new Map(withTls.flatMap(trustedBy))
  const certificate = trusted.get(issuer)
  if (certificate === undefined) throw oddFiles(first.host)
  const others = [...trusted.values()].filter((each) => each !== certificate)
  return {
    certificate,
    members: Object.fromEntries(withTls.map(({ host, files }) => [host, memberIn(host, files)])),
    ...(others.length === 0 ? {} : { others }),
  }
}

/** The CAs whose certificates a member takes. */
function trustedBy({ host, stage, files }: Parameters<typeof authorityFrom>[0][number]) {
  const found = certificatesIn(files.trust ?? '').map((one) => [printOf(one), one] as const)
  if (!stage.trusts.every((print) => found.some(([one]) => one === print))) throw oddFiles(host)
  return found
}

const amidChange = (first: string, others: readonly string[]) =>
  refuse(
    `amid a change of the CA, ${named(others)} ${others.length === 1 ? 'shows a certificate' : 'show certificates'} of another CA than ${first}`,
    'bring back the .dman folder that stood beside the inventory, or a copy of its secrets.json: with that `up` finishes the change',
  )

function memberIn(host: string, { member }: TlsFiles) {
  const text = member?.reveal() ?? ''
  const [key] = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*-----END [A-Z ]*PRIVATE KEY-----\n/.exec(text) ?? []
  const [certificate] = certificatesIn(text)
  if (key === undefined || certificate === undefined) throw oddFiles(host)
  return { certificate, key: new Secret(key) }
}

const certificatesIn = (text: string): readonly string[] =>
  text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n/g) ?? []

const refuse = (got: string, hint: string, host?: string) =>
  new Failure({ ...(host === undefined ? {} : { host }), step: 'recover what .dman held', got, hint, exit: 5 })

const oddFiles = (host: string) =>
  refuse('current/member.pem and trust.pem are not as we write them', 'see who changed them', host)
