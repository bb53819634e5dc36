import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fifo } from '../../../src/zookeeper/fifo.ts'

test('gives back what it got, in order, also past its tidying up', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3000), fc.nat(3000)), { maxLength: 6 }), (rounds) => {
      const fifo = new Fifo<number>()
      const model: number[] = []
      for (const [pushes, shifts] of rounds) {
        for (let index = 0; index < pushes; index += 1) {
          fifo.push(index)
          model.push(index)
        }
        for (let index = 0; index < shifts; index += 1) if (fifo.shift() !== model.shift()) throw new Error('order')
        expect(fifo.length).toBe(model.length)
        expect(fifo.peek()).toBe(model[0])
      }
      expect([...fifo]).toEqual(model)
    }),
    { numRuns: 20 },
  )
})
