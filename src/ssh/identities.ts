import type { ParsedKey } from 'ssh2'
import type { Memory, Patience, Prompt } from './asking.ts'
import type { Hop } from './target.ts'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { OpenSSHAgent, utils } from 'ssh2'
import { textOf } from './failures.ts'
import { fingerprint } from './known-hosts.ts'

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
 * The keys to offer to a hop, in order. With an identity only that (on a jump host the others after it, since the identity is the
 * target's); signed by the agent where the file is encrypted and the agent holds it. Without one, the agent's, then the usual files.
 */
export async function identitiesFor(hop: Hop, sources: Sources): Promise<Identities> {
  const unusable: string[] = []
  const note = (error: unknown) => {
    unusable.push(textOf(error))
    return undefined
  }
  const own = hop.identity === undefined ? undefined : await fromFile(hop.identity, hop, sources, true).catch(note)
  const agent = own?.plain !== undefined && !hop.isJump ? [] : await fromAgent(sources.env['SSH_AUTH_SOCK']).catch(note)
  const held = agent ?? []
  if (hop.identity !== undefined && !hop.isJump) {
    const wanted = own?.key ?? (await publicHalf(hop.identity))
    const inAgent = held.filter(({ key }) => wanted?.equals(key) === true)
    const found = inAgent.length > 0 ? inAgent : own === undefined ? [] : [own]
    return { found, unusable: found.length > 0 ? [] : unusable }
  }
  const usual = await Promise.all(
    usualFiles(sources.env).map((path) => fromFile(path, hop, sources, false).catch(note)),
  )
  const all = [own, ...held, ...usual].filter((identity) => identity !== undefined)
  const distinct = all.filter(({ key }, index) => all.findIndex((other) => other.key.equals(key)) === index)
  return { found: distinct.slice(0, offeredAtMost), unusable }
}

const usualFiles = (env: Sources['env']) =>
  ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(env['HOME'] ?? homedir(), '.ssh', name))

async function fromFile(path: string, hop: Hop, sources: Sources, wanted: boolean): Promise<Identity | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (!wanted && error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Error(`${path}: cannot be read: ${textOf(error)}`)
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

/** The key of PATH.pub, undefined where there is none. */
async function publicHalf(path: string): Promise<Buffer | undefined> {
  const text = await readFile(`${path}.pub`, 'utf8').catch(() => '')
  const parsed = utils.parseKey(text)
  return parsed instanceof Error ? undefined : parsed.getPublicSSH()
}

/** Once a run for each file; a mistyped passphrase may be mended twice, since nobody but us counts it. */
function unlock(path: string, text: string, hop: Hop, { env, prompt, memory }: Sources): Promise<ParsedKey> {
  return memory.recall(`key ${path}`, async () => {
    const fromEnvironment = env['DMAN_SSH_PASSPHRASE']
    if (fromEnvironment !== undefined) {
      const parsed = utils.parseKey(text, fromEnvironment)
      if (!(parsed instanceof Error)) return parsed
    }
    const wrong = fromEnvironment === undefined ? '' : 'DMAN_SSH_PASSPHRASE does not open it, and '
    return memory.inTurn(async () => {
      for (const again of ['', ' (that was not it)', ' (that was not it)']) {
        const question = { kind: 'passphrase', host: hop.host, text: `Passphrase of ${path}${again}` } as const
        const answer = await prompt(question).catch((error: unknown) => {
          throw new Error(`${path}: ${wrong}its passphrase cannot be asked: ${textOf(error)}`)
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
