/** More than any answer of a server: its own limit is 1 MiB a znode, and a list of a million children fits. */
const largest = 64 * 1024 * 1024

/**
 * Cuts a stream of bytes into the protocol's packets: four bytes of length, then so many bytes. Answers, for each chunk, the
 * packets that it completed. Throws where a length can't be one: what talks there is no ZooKeeper.
 */
export function frameCutter(): (chunk: Buffer) => readonly Buffer[] {
  let parts: Buffer[] = []
  let held = 0
  let wanted = 4
  return (chunk) => {
    parts.push(chunk)
    held += chunk.length
    if (held < wanted) return []
    const bytes = parts.length === 1 ? chunk : Buffer.concat(parts)
    const { frames, rest, next } = cut(bytes)
    parts = rest.length === 0 ? [] : [rest]
    held = rest.length
    wanted = next
    return frames
  }
}

function cut(bytes: Buffer): { frames: Buffer[]; rest: Buffer; next: number } {
  const frames: Buffer[] = []
  let at = 0
  while (bytes.length - at >= 4) {
    const length = bytes.readInt32BE(at)
    if (length < 0 || length > largest) throw new RangeError(`a packet of ${length} bytes`)
    if (bytes.length - at < 4 + length) return { frames, rest: bytes.subarray(at), next: 4 + length }
    frames.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return { frames, rest: bytes.subarray(at), next: 4 }
}
