import type { Encodable } from 'node-zookeeper-client/lib/jute/index.js'

// What goes by in thousands, requests of a path, transactions, znodes and their ACLs, is written and read here by hand: the library's
// records cost several times what the server takes. Each `put` writes at an offset and answers the one behind it; each `take` throws a
// RangeError where the bytes are too few.

export const putInt = (into: Buffer, at: number, value: number): number => into.writeInt32BE(value, at)

export const putByte = (into: Buffer, at: number, value: number): number => into.writeUInt8(value, at)

export const putBytes = (into: Buffer, at: number, bytes: Buffer): number =>
  putInt(into, at, bytes.length) + bytes.copy(into, at + 4)

export const putText = (into: Buffer, at: number, text: string): number =>
  putInt(into, at, into.write(text, at + 4)) + into.readInt32BE(at)

/** Bytes that `putText` takes. */
export const textSize = (text: string): number => 4 + Buffer.byteLength(text)

/** The body of a request that is a path alone, or a path and the wish for no watch. */
export function pathBody(path: string, watch?: false): Encodable {
  const size = textSize(path) + (watch === undefined ? 0 : 1)
  return {
    byteLength: () => size,
    serialize: (into, offset) => {
      const at = putText(into, offset, path)
      if (watch !== undefined) putByte(into, at, 0)
      return size
    },
  }
}

/** Where the bytes end whose length stands at an offset; null has the length -1. Throws a RangeError where they would end behind `from`. */
export function endOf(from: Buffer, at: number): number {
  const length = from.readInt32BE(at)
  const end = at + 4 + Math.max(0, length)
  if (length < -1 || end > from.length) throw new RangeError(`${length} bytes in ${from.length - at - 4}`)
  return end
}

/** Throws a RangeError unless all bytes were read. */
export function exactly(from: Buffer, end: number): void {
  if (end !== from.length) throw new RangeError(`an answer of ${from.length} bytes where ${end} were due`)
}
