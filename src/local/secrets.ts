import { randomBytes } from 'node:crypto'
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../model/failure.ts'
import { isRecord } from '../model/record.ts'
import { foundingNames, Secret } from '../model/secret.ts'
import { seal, sealedOf, unseal } from './seal.ts'
import { makeStateFolder, parseRecord, readRecord, writeRecord } from './state.ts'

/** What secrets.json holds. `made` lists what was ever made: listed but without a password it is lost, not unmade. */
export interface Secrets {
  readonly made: readonly string[]
  /** the founding ones, and those of identities that ACLs name; `passwordOf` reads one by a name that a user gave */
  readonly passwords: {
    readonly super?: Secret
    readonly dman?: Secret
    readonly [identity: string]: Secret
  }
  /**
   * the founding ones before a rotation that is not finished: until then servers and ACLs may know these alone. Those that are left out are
   * lost (`recovered`)
   */
  readonly former?: Former
  /**
   * ids, `user:base64 of sha1`, of identities whose password is lost and that ACLs go on naming: programs that have it go on. A password of the
   * same name comes before it
   */
  readonly ids?: Readonly<Record<string, string>>
  /** identities whose lost password was made anew, for now: what trees have of the former is yet to be looked for */
  readonly sought?: readonly string[]
  /** whatever else the file holds, as JSON; kept when it is saved */
  readonly rest: Secret
  /** opened the file, and seals it when it is saved; left out: it is not sealed */
  readonly passphrase?: Secret | undefined
  /** the record as it was on the disk, which is all that a save replaces; left out: there was none */
  readonly read?: Secret | undefined
}

export type Former = Readonly<Partial<Record<'super' | 'dman', Secret>>>

/** Asked where the file is sealed; resolves to none where there is nobody to ask. */
export type Passphrase = () => Promise<Secret | undefined>
const nobody: Passphrase = () => Promise.resolve(undefined)

/** Where the inventory says that the state is; an Inventory fits. */
export interface SecretPaths {
  readonly state: string
  readonly secrets: string
}

export const noSecrets: Secrets = { made: [], passwords: {}, rest: new Secret('{}') }

/**
 * The secrets on the disk; none where there is no file. Rejects with a Failure, exit 5, where the file is damaged, open to
 * others, of a later version (case 42), or sealed by another passphrase, or one that is not at hand.
 */
export async function readSecrets({ secrets: path }: SecretPaths, passphrase: Passphrase = nobody): Promise<Secrets> {
  const record = await readRecord(path)
  if (record === undefined) return noSecrets
  const mode = (await stat(path)).mode & 0o077
  const refuse = (got: string, hint: string) => new Failure({ step: `read ${path}`, got, hint, exit: 5 })
  if (mode !== 0)
    throw refuse('others than you can read or write it', `chmod 600 ${path}; then look who may have read it`)
  const damaged = refuse('it is damaged', 'put back a copy of it from a backup')
  const read = new Secret(JSON.stringify(record))
  if (record['sealed'] === undefined) return { ...orThrow(secretsOf(record), damaged), read }
  const sealed = orThrow(sealedOf(record['sealed']), damaged)
  const given = await passphrase()
  if (given === undefined)
    throw refuse('it is protected by a passphrase', 'give that in DMAN_SECRETS_PASSPHRASE, or on a terminal')
  const other = refuse(
    'this passphrase does not open it',
    'give the one that `secrets protect` was given; where nobody knows it, move the file away and run `secrets recover`',
  )
  const text = orThrow(await unseal(sealed, given), other)
  return { ...orThrow(secretsOf(orThrow(parseRecord(text), damaged)), damaged), passphrase: given, read }
}

function orThrow<T>(value: T | undefined, failure: Failure): T {
  if (value === undefined) throw failure
  return value
}

/** Whether a passphrase is needed to read them. Rejects as readSecrets. */
export const isSealed = async ({ secrets: path }: SecretPaths): Promise<boolean> =>
  (await readRecord(path))?.['sealed'] !== undefined

/** Reads a record; undefined where it has not the right form. */
export function secretsOf(record: Readonly<Record<string, unknown>>): Secrets | undefined {
  const { made, passwords, former, ids, sought, ...rest }: Record<string, unknown> = record
  delete rest['format']
  if (!isTexts(made)) return undefined
  const held = passwordsIn(passwords)
  const before = former === undefined ? {} : formerIn(former)
  const lost = lostIn(ids, sought)
  if (held === undefined || before === undefined || lost === undefined) return undefined
  return { made, passwords: held, ...before, ...lost, rest: new Secret(JSON.stringify(rest)) }
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string')

function lostIn(ids: unknown, sought: unknown): Pick<Secrets, 'ids' | 'sought'> | undefined {
  const isRight = ids === undefined || (isRecord(ids) && isTexts(Object.values(ids)))
  if (!isRight || (sought !== undefined && !isTexts(sought))) return undefined
  return {
    ...(ids !== undefined && { ids: ids as Readonly<Record<string, string>> }),
    ...(sought !== undefined && { sought }),
  }
}

function passwordsIn(value: unknown): Readonly<Record<string, Secret>> | undefined {
  if (!isRecord(value)) return undefined
  const held = Object.entries(value)
  if (!held.every(([, text]) => typeof text === 'string' && text !== '')) return undefined
  return Object.fromEntries(held.map(([name, text]) => [name, new Secret(text as string)]))
}

function formerIn(value: unknown): { readonly former: Former } | undefined {
  const held = passwordsIn(value)
  return held && { former: held }
}

/** Not by a look at `passwords` alone: an identity may be called `constructor`. */
export const passwordOf = ({ passwords }: Secrets, name: string): Secret | undefined =>
  Object.hasOwn(passwords, name) ? passwords[name] : undefined

/** What ACLs go on knowing of an identity whose password is lost. */
export const lostIdOf = ({ ids = {} }: Pick<Secrets, 'ids'>, name: string): string | undefined =>
  Object.hasOwn(ids, name) ? ids[name] : undefined

/** Of the founding ones and of these identities. `lost`: once made and not there any more, nor what ACLs know of it; `unmade`: never made. */
export function missingSecrets(
  secrets: Secrets,
  identities: readonly string[] = [],
): { lost: readonly string[]; unmade: readonly string[] } {
  const names = new Set([...foundingNames, ...identities])
  const missing = [...names].filter((name) => (passwordOf(secrets, name) ?? lostIdOf(secrets, name)) === undefined)
  return {
    lost: missing.filter((name) => secrets.made.includes(name)),
    unmade: missing.filter((name) => !secrets.made.includes(name)),
  }
}

const fromSystem = (bytes: number): Buffer => randomBytes(bytes)

/**
 * The same secrets and those of these identities and of the founding that were never made, 256 random bits each. Throws a Failure, exit 5,
 * where one is lost.
 */
export function makeSecrets(
  secrets: Secrets,
  identities: readonly string[] = [],
  random: (bytes: number) => Buffer = fromSystem,
): Secrets {
  const { lost, unmade } = missingSecrets(secrets, identities)
  if (lost.length > 0)
    throw new Failure({
      step: 'read secrets.json',
      got: `it lists ${lost.join(' and ')}, but the password is not there`,
      hint: 'put back a copy of it from a backup, or the .dman that this ensemble was made with; `secrets recover` goes on without',
      exit: 5,
    })
  return withPasswords(secrets, new Map(unmade.map((name) => [name, newPassword(random)])))
}

const newPassword = (random: (bytes: number) => Buffer): Secret => new Secret(random(32).toString('base64url'))

/** Begins a rotation of the founding passwords: the new ones, 256 random bits each, beside the former. The very same secrets where one was begun. */
export function rotation(random: (bytes: number) => Buffer = fromSystem): (secrets: Secrets) => Secrets {
  const [superUser, dman] = [newPassword(random), newPassword(random)]
  return (secrets) => {
    const { passwords, former } = secrets
    if (former !== undefined || passwords.super === undefined || passwords.dman === undefined) return secrets
    return {
      ...secrets,
      passwords: { ...passwords, super: superUser, dman },
      former: { super: passwords.super, dman: passwords.dman },
    }
  }
}

/**
 * What is made where secrets were lost: passwords of the founding and of these identities in place of those that are not there, and the mark
 * of a rotation whose former passwords nobody knows. Of the identities it is to be looked for what trees have: `kept` ends that.
 */
export function recovered(known: Secrets, identities: readonly string[], random = fromSystem): Secrets {
  const { lost, unmade } = missingSecrets(known, identities)
  const made = known.made.filter((name) => !lost.includes(name))
  const fresh = [...lost, ...unmade].filter((name) => !foundingNames.includes(name))
  const sought = [...new Set([...(known.sought ?? []), ...fresh])]
  const secrets = { ...makeSecrets({ ...known, made }, identities, random), former: known.former ?? {} }
  return sought.length === 0 ? secrets : { ...secrets, sought }
}

/**
 * With the ids that trees were found to have of identities that were sought, instead of passwords that nobody was told; the others keep
 * what was made for them.
 */
export function kept({ sought = [], ...secrets }: Secrets, found: ReadonlyMap<string, string>): Secrets {
  const ids = sought.flatMap((name) => {
    const id = found.get(name)
    return id === undefined ? [] : [[name, id] as const]
  })
  const isFound = (name: string): boolean => ids.some(([one]) => one === name)
  const passwords = Object.entries(secrets.passwords).filter(([name]) => !isFound(name))
  const all = { ...secrets.ids, ...Object.fromEntries(ids) }
  return { ...secrets, passwords: Object.fromEntries(passwords), ...(ids.length > 0 && { ids: all }) }
}

/** Nobody knows the former passwords any more. */
export function rotated(secrets: Secrets): Secrets {
  const { former, ...rest } = secrets
  return former === undefined ? secrets : rest
}

/** Every password that servers and ACLs may know of an identity, the newest first. */
export const passwordsOf = ({ passwords, former }: Secrets, name: 'super' | 'dman'): readonly Secret[] =>
  [passwords[name], former?.[name]].filter((secret) => secret !== undefined)

/** With passwords that were made up for these names; the very same secrets where there are none. */
export const withPasswords = (secrets: Secrets, fresh: ReadonlyMap<string, Secret>): Secrets =>
  fresh.size === 0
    ? secrets
    : {
        ...secrets,
        made: [...secrets.made, ...fresh.keys()],
        passwords: { ...secrets.passwords, ...Object.fromEntries(fresh) },
      }

/**
 * Saves them, 0600, whole or not at all. The first act under the lock, before any host learns of them. Rejects with a Failure, exit 5, where
 * the file is another than was read: `secrets protect` takes no lock, and what it sealed is not saved open again, nor loses what it has by then.
 */
export async function saveSecrets({ state, secrets: path }: SecretPaths, secrets: Secrets): Promise<void> {
  makeStateFolder(state)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const open = recordOf(secrets)
  const { passphrase, read } = secrets
  const record = passphrase === undefined ? open : { sealed: await seal(JSON.stringify(open), passphrase) }
  const now = await readRecord(path)
  if ((now && JSON.stringify(now)) !== read?.reveal())
    throw new Failure({
      step: `write ${path}`,
      got: 'it was changed since this run read it',
      hint: 'run it again',
      exit: 5,
    })
  await writeRecord(path, record)
}

function recordOf(secrets: Secrets): Record<string, unknown> {
  const rest = JSON.parse(secrets.rest.reveal()) as Record<string, unknown>
  const { made, passwords, former, ids, sought } = secrets
  return {
    ...rest,
    made,
    passwords: revealed({ ...passwords }),
    ...(former && { former: revealed(former) }),
    ...(ids && { ids }),
    ...(sought && { sought }),
  }
}

const revealed = (passwords: Readonly<Record<string, Secret>>): Record<string, string> =>
  Object.fromEntries(Object.entries(passwords).map(([name, secret]) => [name, secret.reveal()]))
