import { isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'

// C0 and C1 but tab and line ends, and what turns the direction of text round: a terminal would take them for orders.
const orders = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/

/** The text that bytes are, fit for a terminal; undefined where they are none. A carriage return is shown as ␍. */
export function textOf(data: Buffer): string | undefined {
  if (!isUtf8(data)) return undefined
  const text = data.toString()
  return orders.test(text) ? undefined : text.replaceAll('\r', '␍')
}

/** One znode's bytes on both sides; null where it is not there. */
export interface Sides {
  readonly path: string
  readonly before: Buffer | null
  readonly after: Buffer | null
}

const empty = Buffer.alloc(0)

/** Lines that were replaced before a diff takes long: then sizes and hashes are as good. */
const maxEditLength = 1000

/** A unified diff of text, else sizes and hashes; empty where nothing differs. What is secret is never to come here. */
export function diffOf({ path, before, after }: Sides): string {
  if ((before ?? empty).equals(after ?? empty)) return ''
  return textDiff({ path, before, after }) ?? sizes({ path, before, after })
}

function textDiff({ path, before, after }: Sides): string | undefined {
  const texts = [before, after].map((side) => (side === null ? '' : textOf(side)))
  const [old, now] = texts
  if (old === undefined || now === undefined) return undefined
  return createTwoFilesPatch(name(path, before), name(path, after), old, now, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
    maxEditLength,
  })
}

const name = (path: string, side: Buffer | null): string => (side === null ? '/dev/null' : path)

/** Of bytes, or where a diff would be too long. */
export const sizes = ({ before, after }: Sides): string =>
  [...(before === null ? [] : [`-${sized(before)}`]), ...(after === null ? [] : [`+${sized(after)}`]), ''].join('\n')

const sized = (data: Buffer): string => `${data.length} bytes, sha256 ${hash('sha256', data, 'hex')}`
