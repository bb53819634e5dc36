import { Failure } from '../../model/failure.ts'
import { isRecord } from '../../model/record.ts'
import { requestLimit } from '../../zookeeper/transaction.ts'
import type { Acl } from '../../zookeeper/zookeeper.ts'
import type { WholeZnode } from './walk.ts'

// The JSON of zk-shell's `cp zk://… json://…` (1.3.4, JSONProxy and ACLReader.to_dict): one object, by absolute path
// {content: base64, or null for data that was never set, acls: [{perms: bits, id: {scheme, id}}]}. It makes znodes in the file's order.

const bits: readonly (readonly [string, number])[] = [
  ['c', 4],
  ['d', 8],
  ['r', 1],
  ['w', 2],
  ['a', 16],
]

/** One member of the object, without what stands between members. ASCII alone: Python reads files as its locale has it. */
export function jsonOf({ path, data, isNull, acl }: Omit<WholeZnode, 'hasChildren'>): string {
  const value = { content: isNull ? null : data.toString('base64'), acls: acl.map(aclJson) }
  return `${ascii(path)}: ${ascii(value)}`
}

const aclJson = ({ scheme, id, perms }: Acl) => ({
  perms: bits.reduce((sum, [letter, bit]) => (perms.includes(letter) ? sum | bit : sum), 0),
  id: { scheme, id },
})

const ascii = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** A znode as a file has it; no ACL where the file has none for it, which zk-shell takes for that of all znodes. */
export type JsonZnode = Pick<WholeZnode, 'path' | 'data' | 'isNull'> & { readonly acl: readonly Acl[] | undefined }

/** The znodes of such a file, one by one, in its order; `file` names it in the Failure, exit 3, where it is something else. */
export async function* znodesInJson(chunks: AsyncIterable<Buffer>, file: string): AsyncGenerator<JsonZnode> {
  for await (const text of members(chunks, file)) yield znodeOf(text, file)
}

function znodeOf(text: string, file: string): JsonZnode {
  const [path, value] = memberOf(text, file)
  const refuse = (got: string) => notTheirs(file, `${JSON.stringify(path)}: ${got}`)
  if (!path.startsWith('/')) throw refuse('no absolute path')
  if (!isRecord(value)) throw refuse('no object')
  const { content, acls = [] } = value
  if (content !== null && typeof content !== 'string') throw refuse('content is neither base64 nor null')
  const data = bytesOf(content ?? '')
  if (data.toString('base64') !== (content ?? '')) throw refuse('content is not base64')
  const acl = Array.isArray(acls) ? acls.map(aclOf) : [undefined]
  if (!acl.every((entry) => entry !== undefined)) throw refuse('acls is no list of {perms: bits, id: {scheme, id}}')
  return { path, data, isNull: content === null, acl: acl.length === 0 ? undefined : acl }
}

/** In memory of its own: in the pool it would keep alive all that was decoded beside it, several times its size. */
function bytesOf(base64: string): Buffer {
  const data = Buffer.allocUnsafeSlow(Buffer.byteLength(base64, 'base64'))
  return data.subarray(0, data.write(base64, 'base64'))
}

function memberOf(text: string, file: string): readonly [string, unknown] {
  try {
    return Object.entries(JSON.parse(`{${text}}`) as object)[0] ?? ['', undefined]
  } catch (error) {
    throw notTheirs(file, `${brief(text)}: ${(error as Error).message}`)
  }
}

function aclOf(entry: unknown): Acl | undefined {
  const { perms, id } = isRecord(entry) ? entry : {}
  if (typeof perms !== 'number' || !Number.isInteger(perms) || perms < 0 || perms > 31 || !isRecord(id))
    return undefined
  if (typeof id['scheme'] !== 'string' || typeof id['id'] !== 'string') return undefined
  const letters = bits.filter(([, bit]) => (perms & bit) !== 0).map(([letter]) => letter)
  return { scheme: id['scheme'], id: id['id'], perms: letters.join('') }
}

/** No znode that fits into a request is larger, with base64 and escapes. */
const longest = 8 * requestLimit

/** What stands between the commas of the outermost object, so that a file of any size is never held whole. */
async function* members(chunks: AsyncIterable<Buffer>, file: string): AsyncGenerator<string> {
  const meaning = meaningOf()
  let held: Buffer[] = []
  let count = 0
  let isOver = false
  const taken = (last: Buffer): string => {
    const text = Buffer.concat([...held, last])
      .toString()
      .trim()
    held = []
    return text
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const means = meaning(chunk[at] ?? 0)
      if (means === 'nothing') continue
      const text = taken(chunk.subarray(from, at))
      from = at + 1
      const wrong = isOver ? 'something behind the object' : misplaced(means, text, count++)
      if (wrong !== undefined) throw notTheirs(file, wrong)
      isOver = means === 'ends'
      if (text !== '') yield text
    }
    held.push(chunk.subarray(from))
    if (held.reduce((size, { length }) => size + length, 0) > longest)
      throw notTheirs(file, `more than ${longest} bytes without a comma`)
  }
  const rest = taken(Buffer.alloc(0))
  if (!isOver) throw notTheirs(file, 'it ends amid the object')
  if (rest !== '') throw notTheirs(file, 'something behind the object')
}

type Meaning = 'nothing' | 'begins' | 'comma' | 'ends' | 'other'

/** What is wrong with a mark, of which there were `count` before, behind that text; undefined where nothing is. */
function misplaced(means: Meaning, text: string, count: number): string | undefined {
  if (count === 0) return means === 'begins' && text === '' ? undefined : 'no JSON object'
  if (text === '' && (means === 'comma' || count > 1)) return 'a comma too many'
  return undefined
}

const [quote, backslash, comma, brace, bracket] = [0x22, 0x5c, 0x2c, 0x7b, 0x5b]

/** What each byte means for the outermost object: it begins, a member of it is over, or all of it; `other` where something else is outermost. */
function meaningOf(): (byte: number) => Meaning {
  let depth = 0
  let inString = false
  let escaped = false
  return (byte) => {
    if (inString) {
      inString = escaped || byte !== quote
      escaped = !escaped && byte === backslash
      return 'nothing'
    }
    inString = byte === quote
    if (byte === comma) return depth === 1 ? 'comma' : 'nothing'
    if (byte === brace || byte === bracket) return depth++ > 0 ? 'nothing' : byte === brace ? 'begins' : 'other'
    if (byte !== brace + 2 && byte !== bracket + 2) return 'nothing'
    depth--
    return depth > 0 ? 'nothing' : depth === 0 ? 'ends' : 'other'
  }
}

const brief = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

const notTheirs = (file: string, got: string): Failure =>
  new Failure({
    step: `read ${file}`,
    got,
    hint: 'what was exported here, or copied from zk to json by zk-shell, is taken as it was written',
    exit: 3,
  })
