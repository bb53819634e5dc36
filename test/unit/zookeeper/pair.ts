import { Duplex } from 'node:stream'

/** Two ends of one connection, in memory: what is written to one is read from the other; either end's loss closes both. */
export function streamPair(): [Duplex, Duplex] {
  const ends: [Duplex, Duplex] = [end(() => ends[1]), end(() => ends[0])]
  return ends
}

function end(other: () => Duplex): Duplex {
  let blocked: (() => void) | undefined
  return new Duplex({
    read: () => {
      blocked?.()
      blocked = undefined
    },
    write: (chunk: Buffer, _, done) => {
      if (!other().destroyed) other().push(Buffer.from(chunk))
      done()
    },
    final: (done) => {
      if (!other().destroyed) other().push(null)
      done()
    },
    destroy: (error, done) => {
      done(error)
      process.nextTick(() => other().destroy())
    },
  })
}
