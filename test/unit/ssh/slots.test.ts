import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newSlots, NoMoreSlots } from '../../../src/ssh/slots.ts'

const never = new AbortController().signal
const turns = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

/** A server that has `most` sessions, and counts. */
function server(most: number) {
  let open = 0
  let refused = 0
  let highest = 0
  const order: number[] = []
  const leaves: (() => void)[] = []
  const start = (name: number) => async (leave: () => void) => {
    await Promise.resolve()
    if (open >= most) {
      refused++
      throw new NoMoreSlots('full')
    }
    highest = Math.max(highest, ++open)
    order.push(name)
    leaves.push(() => {
      open--
      leave()
    })
    return name
  }
  return { start, order, leaves, highest: () => highest, refused: () => refused }
}

describe('slots', () => {
  it('hand out no more than the cap, in order', async () => {
    const slots = newSlots(2, () => Promise.resolve())
    const { start, order, leaves } = server(99)
    for (const name of [1, 2, 3, 4]) void slots.use(start(name), never)
    await turns()
    expect(order).toEqual([1, 2])
    leaves.shift()?.()
    await turns()
    expect(order).toEqual([1, 2, 3])
  })

  it('give one slot back however often it is left', async () => {
    const slots = newSlots(1, () => Promise.resolve())
    const { start, order, leaves } = server(99)
    for (const name of [1, 2, 3]) void slots.use(start(name), never)
    await turns()
    leaves[0]?.()
    leaves[0]?.()
    await turns()
    expect(order).toEqual([1, 2])
  })

  it('serve everybody at a server that allows fewer, never lose one, and stop asking for more than it has', async () => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 20 }),
    )
    await fc.assert(
      fc.asyncProperty(sizes, async ([cap, most, count]) => {
        const slots = newSlots(cap, () => Promise.resolve())
        const { start, order, leaves, highest, refused } = server(most)
        const all = Array.from({ length: count }, (_, name) => slots.use(start(name), never))
        for (let round = 0; round < 4 * count && order.length < count; round++) {
          await turns()
          leaves.shift()?.()
        }
        expect((await Promise.all(all)).length).toBe(count)
        expect(highest()).toBeLessThanOrEqual(Math.min(cap, most))
        expect(refused()).toBeLessThanOrEqual(Math.max(0, cap - most))
      }),
    )
  })

  it('reject where the server opens none at all', async () => {
    const slots = newSlots(6, () => Promise.resolve())
    await expect(slots.use(server(0).start(1), never)).rejects.toBeInstanceOf(NoMoreSlots)
  })

  it('pause and try again where the server is full of commands that we have let go', async () => {
    let pauses = 0
    let full = false
    const slots = newSlots(6, () => {
      full = ++pauses < 3
      return Promise.resolve()
    })
    await slots.use((leave) => Promise.resolve().then(leave), never)
    full = true
    const start = () => (full ? Promise.reject(new NoMoreSlots('full')) : Promise.resolve('open'))
    expect(await slots.use(start, never)).toBe('open')
    expect(pauses).toBe(3)
  })

  it('pass any other trouble on and give the slot back', async () => {
    const slots = newSlots(1, () => Promise.resolve())
    await expect(slots.use(() => Promise.reject(new Error('lost')), never)).rejects.toThrow('lost')
    expect(await slots.use(() => Promise.resolve('next'), never)).toBe('next')
  })

  it('stop waiting at the deadline, without harm to those behind', async () => {
    const slots = newSlots(1, () => Promise.resolve())
    const { start, order, leaves } = server(99)
    const control = new AbortController()
    void slots.use(start(1), never)
    const late = slots.use(start(2), control.signal)
    void slots.use(start(3), never)
    await turns()
    control.abort(new Error('too late'))
    await expect(late).rejects.toThrow('too late')
    leaves[0]?.()
    await turns()
    expect(order).toEqual([1, 3])
  })
})
