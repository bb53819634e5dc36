import { basename, join } from 'node:path'
import { OpenSSHAgent, type ParsedKey, utils } from 'ssh2'
import { readBoundedText } from '../disk/bounded.ts'
import { homeFolder } from '../disk/user.ts'
import { wordsOf } from '../model/failure.ts'
import { secretIn } from '../model/secret-variables.ts'
import type { Memory, Patience, Prompt } from './asking.ts'
import { fingerprint } from './known-hosts.ts'
import type { Hop } from './target.ts'

/** A key that may open a host. Its private part is looked at only once the server accepts the public one. */
export interface Identity {
  /** public key blob */
  readonly key: Buffer
  /** as errors name it, such as `~/.ssh/id_ed25519 (SHA256:…)` */
  readonly label: string
  /** a private key that lies open in its file */
  readonly plain?: ParsedKey
  /** `hash` is wanted of RSA keys only */
  sign(data: Buffer, hash: string | undefined): Promise<Buffer>
}

export interface Identities {
  readonly found: readonly Identity[]
  /** keys that could not be used, and why */
  readonly unusable: readonly string[]
}

/** What keys and answers are taken from. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly prompt: Prompt
  readonly memory: Memory
  /** told of every wait for a person, also of one that another host's login began */
  readonly patience: Patience
}

/** sshd's MaxAuthTries is 6 by default and every key offered is one: a password must stay possible after them. */
const offeredAtMost = 5

/**
 * The keys to offer to a hop, in order. With the inventory's identity only that (on a jump host the others after it, since the identity
 * is the target's); signed by the agent where the file is encrypted and the agent holds it. Without one the agent's (first those that
 * ~/.ssh/config names, and only those with its IdentitiesOnly), then ~/.ssh/config's, then the usual files.
 */
export async function identitiesFor(hop: Hop, sources: Sources): Promise<Identities> {
  const unusable: string[] = []
  const note: Note = (error) => {
    unusable.push(wordsOf(error))
    return undefined
  }
  const own = hop.identity === undefined ? undefined : await fromFile(hop.identity, hop, sources, true).catch(note)
  const held =
    own?.plain !== undefined && !hop.isJump ? [] : ((await fromAgent(socketOf(hop, sources)).catch(note)) ?? [])
  if (hop.identity === undefined || hop.isJump) return { found: await ranked(own, held, hop, sources, note), unusable }
  const wanted = own?.key ?? (await publicHalf(hop.identity))
  const inAgent = held.filter(({ key }) => wanted?.equals(key) === true)
  const found = inAgent.length > 0 ? inAgent : own === undefined ? [] : [own]
  return { found, unusable: found.length > 0 ? [] : unusable }
}

const socketOf = ({ agent }: Hop, { env }: Sources): string | undefined =>
  agent === undefined ? env['SSH_AUTH_SOCK'] : (agent ?? undefined)

type Note = (error: unknown) => undefined

async function ranked(
  own: Identity | undefined,
  held: readonly Identity[],
  hop: Hop,
  sources: Sources,
  note: Note,
): Promise<readonly Identity[]> {
  const files = await Promise.all(
    (hop.identityFiles ?? []).map(async (path) => ({ path, key: await publicHalf(path) })),
  )
  const toRead = files.filter((file) => !held.some(({ key }) => file.key?.equals(key)))
  const named = await Promise.all(toRead.map(({ path }) => fromFile(path, hop, sources, true).catch(note)))
  const namedKeys = [...files, ...named].map((one) => one?.key)
  const isNamed = ({ key }: Identity) => namedKeys.some((one) => one?.equals(key))
  const paths = hop.identitiesOnly && hop.identityFiles !== undefined ? [] : usualFiles(sources.env)
  const usual = await Promise.all(paths.map((path) => fromFile(path, hop, sources, false).catch(note)))
  const isUsual = ({ key }: Identity) => usual.some((one) => one?.key.equals(key))
  const others = held.filter((one) => !isNamed(one) && (!hop.identitiesOnly || isUsual(one)))
  const all = [own, ...held.filter(isNamed), ...others, ...named, ...usual].filter((one) => one !== undefined)
  return offered(distinct(all), isNamed)
}

/** The first few; what ~/.ssh/config names is not left out for an agent that holds many. */
function offered(ranked: readonly Identity[], isNamed: (one: Identity) => boolean): readonly Identity[] {
  let room = offeredAtMost - Math.min(offeredAtMost, ranked.filter(isNamed).length)
  return ranked.filter((one) => isNamed(one) || room-- > 0).slice(0, offeredAtMost)
}

const distinct = (all: readonly Identity[]): readonly Identity[] =>
  all.filter(({ key }, index) => all.findIndex((other) => other.key.equals(key)) === index)

const usualFiles = (env: Sources['env']) =>
  ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(env['HOME'] ?? homeFolder(), '.ssh', name))

async function fromFile(path: string, hop: Hop, sources: Sources, wanted: boolean): Promise<Identity | undefined> {
  const text = await readBoundedText(path).catch((error: unknown) => {
    if (!wanted && error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Error(`${path}: cannot be read: ${wordsOf(error)}`)
  })
  if (text === undefined) return undefined
  const parsed = utils.parseKey(text)
  const encrypted = parsed instanceof Error && /encrypted|passphrase/i.test(parsed.message)
  if (parsed instanceof Error && !encrypted) throw new Error(`${path}: ${parsed.message}`)
  if (!(parsed instanceof Error) && !parsed.isPrivateKey()) throw new Error(`${path}: holds no private key`)
  const open = async () => (parsed instanceof Error ? sources.patience.while(unlock(path, text, hop, sources)) : parsed)
  const key = parsed instanceof Error ? (openSshPublicPart(text) ?? (await publicHalf(path))) : parsed.getPublicSSH()
  if (key === undefined && !wanted) throw new Error(`${path}: encrypted, and no ${basename(path)}.pub beside it`)
  const blob = key ?? (await open()).getPublicSSH()
  return {
    key: blob,
    ...(parsed instanceof Error ? {} : { plain: parsed }),
    label: `${path} (${fingerprint(blob)})`,
    sign: async (data, hash) => signed((await open()).sign(data, hash)),
  }
}

/** The types say Buffer; trouble is returned as an Error. */
function signed(signature: unknown): Buffer {
  if (Buffer.isBuffer(signature)) return signature
  throw signature instanceof Error ? signature : new Error('the key does not sign')
}

/** PROTOCOL.key of OpenSSH: the public key stands before the encrypted part. */
function openSshPublicPart(text: string): Buffer | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1]
  if (body === undefined) return undefined
  const bytes = Buffer.from(body, 'base64')
  const magic = 'openssh-key-v1\0'
  if (bytes.toString('latin1', 0, magic.length) !== magic) return undefined
  const end = (start: number) => start + 4 + bytes.readUInt32BE(start)
  try {
    const count = end(end(end(magic.length)))
    return bytes.subarray(count + 8, end(count + 4))
  } catch {
    return undefined
  }
}

/** The public key in PATH, where that is one's file, or in PATH.pub; undefined where there is none. An agent may hold its private half. */
async function publicHalf(path: string): Promise<Buffer | undefined> {
  for (const file of [path, `${path}.pub`]) {
    const parsed = utils.parseKey(await readBoundedText(file).catch(() => ''))
    if (!(parsed instanceof Error)) return parsed.getPublicSSH()
  }
  return undefined
}

/** Once a run for each file; a mistyped passphrase may be mended twice, since nobody but us counts it. */
function unlock(path: string, text: string, hop: Hop, { env, prompt, memory }: Sources): Promise<ParsedKey> {
  return memory.recall(`key ${path}`, async () => {
    const fromEnvironment = secretIn(env, 'keyPassphrase')
    if (fromEnvironment !== undefined) {
      const parsed = utils.parseKey(text, fromEnvironment.reveal())
      if (!(parsed instanceof Error)) return parsed
    }
    const wrong = fromEnvironment === undefined ? '' : 'DMAN_SSH_PASSPHRASE does not open it, and '
    return memory.inTurn(async () => {
      for (const again of ['', ' (that was not it)', ' (that was not it)']) {
        const question = { kind: 'passphrase', host: hop.host, text: `Passphrase of ${path}${again}` } as const
        const answer = await prompt(question).catch((error: unknown) => {
          throw new Error(`${path}: ${wrong}its passphrase cannot be asked: ${wordsOf(error)}`)
        })
        const parsed = utils.parseKey(text, answer.reveal())
        if (!(parsed instanceof Error)) return parsed
      }
      throw new Error(`${path}: the passphrase is wrong`)
    })
  })
}

/** No agent is no keys; one that does not answer rejects. */
async function fromAgent(socket: string | undefined): Promise<readonly Identity[]> {
  if (socket === undefined || socket === '') return []
  const agent = new OpenSSHAgent(socket)
  const keys = await new Promise<readonly unknown[]>((resolve, reject) => {
    agent.getIdentities((error, found) => (error ? reject(new Error(`agent: ${error.message}`)) : resolve(found ?? [])))
  })
  return keys.flatMap((raw) => {
    const parsed = utils.parseKey(raw as ParsedKey)
    if (parsed instanceof Error) return []
    const key = parsed.getPublicSSH()
    const sign = (data: Buffer, hash: string | undefined) =>
      new Promise<Buffer>((resolve, reject) => {
        const options = hash === undefined ? {} : { hash: hash as 'sha256' }
        agent.sign(parsed, data, options, (error, signature) =>
          error || signature === undefined
            ? reject(new Error(`agent: ${error?.message ?? 'no signature'}`))
            : resolve(signature),
        )
      })
    return [{ key, label: `agent's ${parsed.comment} (${fingerprint(key)})`, sign }]
  })
}
