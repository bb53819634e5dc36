import { laterVersions } from '../../hosts/preflight.ts'
import { saveFounding } from '../../local/founding.ts'
import { missingSecrets, readSecrets, recovered, saveSecrets, type Secrets } from '../../local/secrets.ts'
import { type FormerAuthority, withoutAuthority } from '../../local/tls-secrets.ts'
import { Failure, throwAll } from '../../model/failure.ts'
import { isWanted } from '../../model/names.ts'
import { foundingNames } from '../../model/secret.ts'
import { tlsFiles } from '../../remote/tls-files.ts'
import { underLock } from '../shared/apply/lock.ts'
import type { SeedOptions } from '../shared/apply/trees.ts'
import { type Fleet, remoteOn, withFleet } from '../shared/look/fleet.ts'
import { noTrees, observe, type Seen } from '../shared/look/observe.ts'
import { identitiesIn } from '../shared/prepare/identity.ts'
import { knownFounding } from '../shared/prepare/prepare.ts'
import { unlessInterrupted } from '../shared/run/interrupted.ts'
import { confirm } from '../shared/run/questions.ts'
import type { Result } from '../shared/run/result.ts'
import type { Run } from '../shared/run/run.ts'
import { up } from '../up.ts'
import { authorityFrom, currentStage, foundingFrom, isTlsLost, theRecord, whatIsLost } from './regain.ts'

/**
 * After .dman was lost: what hosts can tell of it is regained, and for the rest new passwords and a new CA are made and saved; from there on it
 * is a rotation, of which the former passwords are not known. Killed anywhere, it is finished by running it again.
 */
export const recover = async (run: Run<SeedOptions>): Promise<Result> => {
  const known = await readSecrets(run.inventory, run.passphrase.ask)
  const lost = await withFleet(run, (fleet) => regain(run, fleet, known))
  const identities = identitiesIn(run.inventory.trees)
  if (run.options.dryRun) return { is: 'said', lines: [`would ${remedyOf(lost, known, identities)}`], exit: 0 }
  return up(run)
}

/** What is done about what was lost; none: that was saved by a run before. No I/O. */
export function remedyOf(lost: readonly string[], known: Secrets, identities: readonly string[]): string {
  if (lost.length === 0) return 'finish what was begun'
  const others = unknownOf(known, identities)
  const sought = others.filter((name) => !foundingNames.includes(name))
  const inWords = (names: readonly string[]) => names.map((name) => `the password of ${name}`)
  const isSought = (what: string): boolean => inWords(sought).includes(what)
  const anew = [...new Set([...lost, ...inWords(others)])].filter((what) => what !== theRecord && !isSought(what))
  const made = anew.length === 0 ? [] : [`make anew: ${anew.join(', ')} (copies of the former count no more)`]
  const stays = sought.length === 0 ? [] : [`keep, where trees know it, else make anew: ${inWords(sought).join(', ')}`]
  return [...made, ...stays, ...(lost.includes(theRecord) ? [`take from the hosts: ${theRecord}`] : [])].join('; ')
}

function unknownOf(known: Secrets, identities: readonly string[]): readonly string[] {
  const { lost, unmade } = missingSecrets(known, identities)
  return [...lost, ...unmade].filter((name) => identities.includes(name))
}

/** Saves what .dman is to hold; resolves to what was lost, to nothing where that was saved before. */
async function regain(run: Run, fleet: Fleet, known: Secrets): Promise<readonly string[]> {
  const { inventory } = run
  const seen = await unlessInterrupted(run, observe(run, fleet, noTrees))
  throwAll(laterVersions(seen.hosts))
  throwAll(unreachedOf(run, seen))
  const record = foundingFrom(inventory, seen.ensemble)
  const founding = await knownFounding(run)
  const stages = seen.ensemble.members.flatMap((member) => currentStage(member) ?? [])
  const identities = identitiesIn(inventory.trees)
  const lost = whatIsLost(known, identities, founding, stages)
  const isBegun = known.former !== undefined && known.former.dman === undefined
  if (lost.length === 0 && !isBegun) throw nothingLost
  if (lost.length === 0 || run.options.dryRun) return lost
  await confirm(run, `This will ${remedyOf(lost, known, identities)}.`)
  await underLock(run, fleet, seen.ensemble, async () => {
    const made = recovered(known, identities)
    const secrets = isTlsLost(known) ? withoutAuthority(made, await authorityOf(fleet, seen)) : made
    if (founding.is === 'absent') await saveFounding(inventory.state, record)
    await saveSecrets(inventory, secrets)
  })
  return lost
}

const unreachedOf = ({ inventory }: Run, { hosts }: Seen<unknown>): readonly Failure[] =>
  inventory.hosts.filter(isWanted).flatMap(({ name }) => {
    const fact = hosts.get(name)
    return fact?.is === 'unknown' ? [fact.why] : []
  })

async function authorityOf(fleet: Fleet, { ensemble }: Seen<unknown>): Promise<FormerAuthority | undefined> {
  const members = await Promise.all(
    ensemble.members.map(async (member) => {
      const stage = currentStage(member)
      const remote = remoteOn(fleet, member.host)
      if (stage === undefined || stage.mode === 'off' || remote === undefined) return []
      return [{ host: member.host, stage, files: await remote.ask(tlsFiles, {}) }]
    }),
  )
  return authorityFrom(members.flat())
}

const nothingLost = new Failure({
  step: 'recover what .dman held',
  got: 'nothing is lost',
  hint: '`secrets rotate` makes new passwords; `up` goes on with what there is',
  exit: 5,
})
