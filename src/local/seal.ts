import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import type { Secret } from '../model/secret.ts'

/** A text that only a passphrase opens, as JSON: scrypt (RFC 7914) makes the key of AES-256-GCM; bytes are base64. */
export interface Sealed {
  readonly kdf: 'scrypt'
  readonly N: number
  readonly r: number
  readonly p: number
  readonly salt: string
  readonly cipher: 'aes-256-gcm'
  readonly nonce: string
  readonly text: string
  readonly tag: string
}

/** 128 MiB and a third of a second for each guess, as OWASP advises. */
const cost = { N: 2 ** 17, r: 8, p: 1 }
type Cost = typeof cost
/** Of a file that somebody else wrote no more is taken. */
const most = { N: 2 ** 20, r: 16, p: 8 }

export async function seal(text: string, passphrase: Secret, at: Cost = cost): Promise<Sealed> {
  const salt = randomBytes(16)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', await keyOf(passphrase, salt, at), nonce)
  const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  const [saltText, nonceText, held, tag] = [salt, nonce, bytes, cipher.getAuthTag()].map((each) =>
    each.toString('base64'),
  ) as [string, string, string, string]
  return { kdf: 'scrypt', ...at, salt: saltText, cipher: 'aes-256-gcm', nonce: nonceText, text: held, tag }
}

/** The text; undefined where the passphrase is another one, or the text was changed. Which of the two cannot be told. */
export async function unseal(sealed: Sealed, passphrase: Secret): Promise<string | undefined> {
  const [salt, nonce, text, tag] = [sealed.salt, sealed.nonce, sealed.text, sealed.tag].map((each) =>
    Buffer.from(each, 'base64'),
  ) as [Buffer, Buffer, Buffer, Buffer]
  const decipher = createDecipheriv('aes-256-gcm', await keyOf(passphrase, salt, sealed), nonce, { authTagLength: 16 })
  try {
    decipher.setAuthTag(tag)
    return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** What was read as JSON, or undefined where it is damaged or would cost too much to try. */
export function sealedOf(value: unknown): Sealed | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { kdf, N, r, p, salt, cipher, nonce, text, tag } = value as Record<string, unknown>
  if (kdf !== 'scrypt' || cipher !== 'aes-256-gcm') return undefined
  if (!isCost(N, most.N) || !isCost(r, most.r) || !isCost(p, most.p) || !isPower(N)) return undefined
  if (!isText(salt) || !isText(nonce) || !isText(text) || !isText(tag)) return undefined
  return Buffer.from(nonce, 'base64').length === 12 ? { kdf, N, r, p, salt, cipher, nonce, text, tag } : undefined
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isPower = (value: number): boolean => value > 1 && (value & (value - 1)) === 0
const isCost = (value: unknown, limit: number): value is number =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= limit

/** However a keyboard composes its letters, it is the same passphrase. */
function keyOf(passphrase: Secret, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  const options = { N, r, p, maxmem: 256 * N * r }
  return new Promise((resolve, reject) =>
    scrypt(passphrase.reveal().normalize('NFKC'), salt, 32, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    ),
  )
}
