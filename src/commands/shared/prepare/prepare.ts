import { homeFolder } from '../../../disk/user.ts'
import { type Materials, superDigestOf } from '../../../hosts/desired.ts'
import type { Inventory } from '../../../inventory/inventory.ts'
import { privatePaths } from '../../../inventory/private-paths.ts'
import type { Archive } from '../../../local/archive.ts'
import { type Founding, readFounding } from '../../../local/founding.ts'
import { obtainArchives } from '../../../local/obtain.ts'
import {
  isSealed,
  makeSecrets,
  missingSecrets,
  noSecrets,
  passwordOf,
  readSecrets,
  type Secrets,
  withPasswords,
} from '../../../local/secrets.ts'
import { withCertificates } from '../../../local/tls-secrets.ts'
import type { Found } from '../../../model/fact.ts'
import { Failure, Failures, throwAll } from '../../../model/failure.ts'
import { failuresIn, outcomesOf, together } from '../../../model/together.ts'
import type { Tree } from '../../../tree/desired.ts'
import type { Note } from '../../../tree/meta/head.ts'
import type { TreePlan } from '../../../tree/plan.ts'
import { planEach } from '../../../tree/seed.ts'
import { readTrees } from '../../../tree/source.ts'
import type { SessionOptions } from '../../../zookeeper/session.ts'
import type { TreeReader } from '../look/observe.ts'
import type { Run } from '../run/run.ts'
import { authOf, identitiesIn, identitiesOf, neededPassword } from './identity.ts'

/** What the operator's side brings along: all of it verified, and complete, before any host is contacted. */
export interface Prepared extends Materials, TreesPrepared {
  readonly founding: Found<Founding>
  /** the CA's certificate, PEM; left out where there is none */
  readonly ca?: string | undefined
  /** certificates were made by this run; saved along with the passwords */
  readonly isCertified?: boolean
}

/** In memory; of what it made already it makes the very same. */
export type Change = (known: Secrets) => Secrets
const noChange: Change = (known) => known

/** Whose sessions write trees. */
export interface SecretsPrepared {
  readonly secrets: Secrets
  /** as they were read; the very same as `secrets` where nothing is to be saved */
  readonly known: Secrets
  /** names of those that this run made up; saved as the first act under the lock */
  readonly madeUp: readonly string[]
  /** what the command makes of secrets that it reads, such as a rotation */
  readonly change: Change
  /** how a session says that it is dman */
  readonly auth: SessionOptions['auth']
}

export interface TreesPrepared extends SecretsPrepared {
  readonly trees: readonly Tree[]
}

/** Reads archives, secrets, the record of the founding and the trees' folders. Rejects before any host is contacted (cases 7, 30). */
export async function prepare(run: Run, change?: Change): Promise<Prepared> {
  const [known, founding, atHand] = await together([prepareTrees(run, change), knownFounding(run), archivesAtHand(run)])
  const archives = atHand ?? (await usableArchives(run))
  const superDigest = superDigestOf(neededPassword(known.secrets, 'super'))
  return { ...archives, ...known, superDigest, founding }
}

/**
 * The part of it that looking at hosts needs: no password, and nobody is asked for a passphrase. A secrets.json that cannot be understood is
 * refused all the same.
 */
export async function prepareLook(run: Run): Promise<Pick<Prepared, 'java' | 'zookeeper' | 'founding'>> {
  const [founding, atHand] = await together([
    knownFounding(run),
    archivesAtHand(run),
    readSources(run, { secrets: standIns(run) }),
    mustBeReadable(run),
  ])
  return { ...(atHand ?? (await usableArchives(run))), founding }
}

async function mustBeReadable({ inventory, passphrase: { known } }: Run): Promise<void> {
  if ((await known()) === undefined && (await isSealed(inventory))) return
  await readSecrets(inventory, known)
}

/** Passwords for all that ACLs name, which are saved nowhere. */
const standIns = ({ inventory }: Pick<Run, 'inventory'>): Secrets =>
  makeSecrets(noSecrets, identitiesIn(inventory.trees))

/** Those on this disk; none where one is a download: nobody waits for that to be told of a passphrase. */
const archivesAtHand = async (
  run: Run,
): Promise<{ readonly java: Archive; readonly zookeeper: Archive } | undefined> => {
  const { java, zookeeper } = run.inventory
  return java.from === 'path' && zookeeper.archive.from === 'path' ? usableArchives(run) : undefined
}

async function usableArchives({ inventory, emit, interrupted }: Pick<Run, 'inventory' | 'emit' | 'interrupted'>) {
  const archives = await obtainArchives(inventory, { emit, deadline: interrupted })
  needJars(inventory, archives.zookeeper)
  return archives
}

/** The record of the founding, if there is one; rejects where it cannot be read. */
export async function knownFounding({ inventory }: Pick<Run, 'inventory'>): Promise<Found<Founding>> {
  const founding = await readFounding(inventory.state)
  if (founding.is === 'unknown') throw founding.why
  return founding
}

/** A server that is told of metrics, or of TLS for clients, without their jars does not start. */
export function needJars({ ports }: Pick<Inventory, 'ports'>, { path, metrics, netty }: Archive): void {
  const lacks = (what: string, key: string) =>
    new Failure({
      step: `read ${path}`,
      got: `it lacks the jars of ${what}, which \`${key}\` needs`,
      hint: `Apache’s own archive has them: take that, or take \`${key}\` out of the inventory`,
      exit: 3,
    })
  throwAll([
    ...(ports.metrics === undefined || metrics === true
      ? []
      : [lacks('ZooKeeper’s Prometheus provider', 'ports.metrics')]),
    ...(ports.secure === undefined || netty === true ? [] : [lacks('Netty', 'ports.secure')]),
  ])
}

/**
 * The same under the lock: while this run waited for it, another may have made secrets, renewed certificates and founded the ensemble. What
 * was made up here and is nobody's yet stays.
 */
export async function prepareAnew(run: Run, before: Prepared): Promise<Prepared> {
  const founding = await knownFounding(run)
  const held = await readSecrets(run.inventory, run.passphrase.ask)
  const certified = (secrets: Secrets) =>
    before.isCertified === true ? withCertificates(secrets, before, held) : secrets
  if (isStillRight(before, held)) {
    const ours = new Map(before.madeUp.map((name) => [name, neededPassword(before.secrets, name)]))
    return { ...before, known: held, secrets: certified(withPasswords(before.change(held), ours)), founding }
  }
  const known = await prepareTrees(run, before.change)
  const superDigest = superDigestOf(neededPassword(known.secrets, 'super'))
  return { ...before, ...known, secrets: certified(known.secrets), superDigest, founding }
}

/** Passwords that were read are those on the disk yet, and nobody else made one that was made up here. */
const isStillRight = ({ known, madeUp }: Prepared, held: Secrets): boolean =>
  (known.former === undefined) === (held.former === undefined) &&
  !madeUp.some((name) => held.made.includes(name)) &&
  Object.entries(known.passwords).every(([name, secret]) => passwordOf(held, name)?.equals(secret) === true)

/** Passwords that cannot be had, and what is wrong with the trees beside that: all of it is thrown. */
export async function prepareSeed(run: Run): Promise<SecretsPrepared> {
  const { done, failed } = await outcomesOf([prepareSecrets(run)])
  const [prepared] = done
  if (prepared !== undefined) return prepared
  throw new Failures([...failed, ...(await failuresIn(readSources(run, { secrets: standIns(run) })))])
}

/** The part of it that trees need. */
export async function prepareTrees(run: Run, change?: Change): Promise<TreesPrepared> {
  const preparing = prepareSecrets(run, change)
  const [prepared, trees] = await together([
    preparing,
    preparing.then(
      (found) => readSources(run, found),
      // What is wrong with the trees is told all the same.
      () => readSources(run, { secrets: standIns(run) }),
    ),
  ])
  return { ...prepared, trees }
}

/** Passwords, those that are made up included, without which no tree has an ACL. */
export async function prepareSecrets({ inventory, passphrase }: Run, change = noChange): Promise<SecretsPrepared> {
  const known = await readSecrets(inventory, passphrase.ask)
  const named = identitiesIn(inventory.trees)
  const secrets = makeSecrets(change(known), named)
  const madeUp = missingSecrets(known, named).unmade
  neededPassword(secrets, 'dman')
  return { secrets, known, madeUp, change, auth: authOf(secrets) }
}

/** The trees as their sources have them; rejects as readTrees. */
export async function readSources(
  { inventory, interrupted }: Run,
  { secrets }: Pick<SecretsPrepared, 'secrets'>,
): Promise<Tree[]> {
  const forbidden = unpublished(inventory)
  return readTrees(inventory.trees, identitiesOf(secrets), { forbidden, interrupted })
}

/** Files and folders of passwords and private keys, which no source of a tree may hold. */
export const unpublished = (inventory: Inventory): readonly string[] =>
  privatePaths(inventory, homeFolder()).map(({ path }) => path)

/**
 * The trees are planned in the one session of an observation; as nobody, where a password of dman was made up that no server knows. Amid a
 * rotation they stay unknown: their ACLs are mended first.
 */
export const readerOf = (
  run: Noting,
  { auth, trees, madeUp, secrets }: Pick<Prepared, 'auth' | 'trees' | 'madeUp' | 'secrets'>,
): TreeReader<readonly TreePlan[]> => {
  let unread: readonly Failure[] = []
  return {
    auth: madeUp.includes('dman') ? [] : auth,
    async read(session) {
      if (secrets.former !== undefined) return undefined
      const planned = await planEach(session, trees, noteOf(run))
      unread = planned.unread
      return planned.plans
    },
    unread: () => unread,
  }
}

/** A run, with the reason that it was given, if it was. */
type Noting = Pick<Run<{ readonly message?: string }>, 'operator' | 'id' | 'options'>

/** What a generation that this run writes is noted with. */
export const noteOf = ({ operator, id, options: { message = '' } }: Noting): Note => ({
  who: operator.who,
  run: id,
  at: new Date().toISOString(),
  reason: message,
})
