import { stampOf } from '../../../ensemble/facts.ts'
import { superDigestOf } from '../../../hosts/desired.ts'
import { preflight, refusals } from '../../../hosts/preflight.ts'
import { absent, present } from '../../../model/fact.ts'
import { Failure } from '../../../model/failure.ts'
import { isWanted } from '../../../model/names.ts'
import { foundingNames, Secret } from '../../../model/secret.ts'
import { aheadOf, type LaidFacts, laidOn } from '../../../remote/host-facts.ts'
import { parseProperties } from '../../../zookeeper/properties.ts'
import type { Seen } from '../look/observe.ts'
import type { Prepared } from '../prepare/prepare.ts'
import type { Run } from '../run/run.ts'

// What stands in the way of a plan, as far as secrets and hosts tell. No I/O.

type Asked = Pick<Run, 'inventory'>

/** The passwords of the ensemble itself are not there: never made, or the file is lost. */
export const isUnmade = ({ madeUp }: Pick<Prepared, 'madeUp'>): boolean =>
  foundingNames.some((name) => madeUp.includes(name))

/** No secrets where a host carries our stamp: new ones would lock this run, and everyone else, out (docs/design.md). */
export function secretsLost(prepared: Prepared, { ensemble }: Seen<unknown>): readonly Failure[] {
  const stamped = ensemble.members.find(stampOf)
  if (!isUnmade(prepared) || stamped === undefined) return []
  return [
    new Failure({
      host: stamped.host,
      step: 'read secrets.json',
      got: 'there is none here, and the host carries the stamp of an ensemble that was founded with one',
      hint: 'bring back the .dman folder that stood beside the inventory, or run `secrets recover`, which makes new ones; `status` and `check` work without it',
      exit: 5,
    }),
  ]
}

/**
 * A copy of secrets.json from before its passwords were changed: every member of a founded ensemble knows another super user. To lay the
 * former one again would undo the change, and the copy's dman may write no tree.
 */
export function secretsOutdated({ known }: Prepared, { hosts }: Seen<unknown>): readonly Failure[] {
  const password = known.passwords.super
  if (known.former !== undefined || password === undefined) return []
  const ours = superDigestOf(password)
  const laid = [...hosts].flatMap(([host, fact]) => {
    const digest = superDigestOn(laidOn(fact))
    return digest === undefined ? [] : [{ host, digest }]
  })
  const [first] = laid
  if (first === undefined || laid.some(({ digest }) => digest.equals(ours))) return []
  return [
    new Failure({
      host: first.host,
      step: 'read secrets.json',
      got: 'its password of super is another than the members have: it is a copy from before `secrets rotate` or `secrets recover`',
      hint: 'bring the secrets.json of who ran that; where nobody has it, move this one away and run `secrets recover`',
      exit: 5,
    }),
  ]
}

/** The super user that a member with data of an ensemble is started with. */
function superDigestOn(laid: LaidFacts | undefined): Secret | undefined {
  if (laid?.data.is !== 'held' || laid.data.stamp.is !== 'present') return undefined
  const settings = parseProperties(laid.conf.files['zoo.cfg'] ?? '')
  const digest = settings.is === 'present' ? settings.value.get('DigestAuthenticationProvider.superDigest') : undefined
  return digest === undefined ? undefined : new Secret(digest)
}

/** What preflight refuses, hosts out of reach apart. */
export function preflightRefusals({ inventory }: Asked, prepared: Prepared, seen: Seen<unknown>): readonly Failure[] {
  const { founding, java, zookeeper } = prepared
  const id = founding.is === 'present' ? present(founding.value.id) : absent
  const findings = preflight({ inventory, archives: [java, zookeeper], founding: id }, seen.hosts)
  // A host out of reach is the ensemble's to judge: what does not serve on the others is started all the same.
  return [
    ...refusals(findings.filter(({ question }) => question !== 'login')),
    ...clocksToCertify(inventory.hosts, prepared, seen),
  ]
}

/** s: certificates are good from a day before they were made, for clocks that go slow; half of that is left to them to drift. */
const certifiable = 43_200

/** Certificates are made by this machine's clock and judged by the host's: one that goes behind would find them not good yet. */
function clocksToCertify(
  hosts: Asked['inventory']['hosts'],
  { isCertified }: Prepared,
  seen: Seen<unknown>,
): readonly Failure[] {
  if (isCertified !== true) return []
  return hosts.filter(isWanted).flatMap(({ name }) => {
    const fact = seen.hosts.get(name)
    const ahead = fact?.is === 'present' ? aheadOf(fact.value.machine) : 0
    if (ahead >= -certifiable) return []
    const got = `its clock is ${Math.round(-ahead / 3600)} h behind that of this machine, by which certificates are made`
    const hint = 'nothing was changed: have the one set that is wrong, such as by chronyd or ntpd; then run it again'
    return [new Failure({ host: name, step: 'make certificates', got, hint, exit: 5 })]
  })
}
