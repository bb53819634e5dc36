import type { Records } from './remote.ts'

/**
 * What a script says, between its marks. A mark is a line of `@<nonce> ` and a word; the nonce is random and new with every
 * call, so values travel as they are, whatever bytes they have, and what a talking login shell prints around them is no matter.
 *
 *     noise \n@N begin\n \n@N key\nvalue \n@N key\nvalue \n@N end STATUS\n noise
 */
export interface Frame {
  /** the script ran at all */
  readonly begun: boolean
  /** what it ended with; undefined while the end has not come */
  readonly status: number | undefined
  readonly records: Records
}

/** The start of every mark. */
export const markOf = (nonce: string): string => `@${nonce}`

/** Whatever of a frame is in `bytes`. Values are read as UTF-8; the last one may be cut short while there is no status. */
export function readFrame(bytes: Buffer, nonce: string): Frame {
  const parts = split(bytes, Buffer.from(`\n${markOf(nonce)} `))
  const begun = parts[1]?.toString('utf8').startsWith('begin\n') ?? false
  if (!begun) return { begun, status: undefined, records: [] }
  const ends = parts.findIndex((part) => statusOf(part) !== undefined)
  const status = ends === -1 ? undefined : statusOf(parts[ends])
  const said = parts.slice(2, ends === -1 ? undefined : ends)
  return { begun, status, records: said.map(recordOf) }
}

/** True once the end may be there: a cheap look at the last bytes that came. */
export function mayHaveEnded(tail: Buffer, nonce: string): boolean {
  return tail.includes(`\n${markOf(nonce)} end `)
}

function split(bytes: Buffer, by: Buffer): Buffer[] {
  const parts: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(by); at !== -1; at = bytes.indexOf(by, from)) {
    parts.push(bytes.subarray(from, at))
    from = at + by.length
  }
  parts.push(bytes.subarray(from))
  return parts
}

function statusOf(part: Buffer | undefined): number | undefined {
  const digits = part === undefined ? null : /^end (\d{1,3})\n/.exec(part.subarray(0, 16).toString('latin1'))
  return digits === null ? undefined : Number(digits[1])
}

function recordOf(part: Buffer): readonly [string, string] {
  const line = part.indexOf(0x0a)
  if (line === -1) return [part.toString('utf8'), '']
  return [part.subarray(0, line).toString('utf8'), part.subarray(line + 1).toString('utf8')]
}
