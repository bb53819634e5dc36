import type { Duplex } from 'node:stream'
import { Fifo } from './fifo.ts'

/** Small packets are sent together up to this size: a forwarding channel makes a message of its own of each write. */
const together = 64 * 1024

/** Writes packets in order, those of one turn of the event loop together, and waits where the stream does not keep up. */
export function outbox(stream: Duplex): (packet: Buffer) => void {
  const packets = new Fifo<Buffer>()
  let scheduled = false
  let blocked = false

  function flush(): void {
    scheduled = false
    while (!blocked && packets.length > 0 && stream.writable) {
      blocked = !stream.write(batch(packets))
    }
  }

  stream.on('drain', () => {
    blocked = false
    flush()
  })
  return (packet) => {
    packets.push(packet)
    if (scheduled || blocked) return
    scheduled = true
    process.nextTick(flush)
  }
}

function batch(packets: Fifo<Buffer>): Buffer {
  const taken: Buffer[] = []
  let size = 0
  while (size < together) {
    const packet = packets.shift()
    if (packet === undefined) break
    taken.push(packet)
    size += packet.length
  }
  const [first] = taken
  return taken.length === 1 && first !== undefined ? first : Buffer.concat(taken)
}
