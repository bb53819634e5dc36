import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Operation } from '../../../src/zookeeper/zookeeper.ts'
import { expected, headOf, note, seed, treeOf } from './build.ts'
import { type FakeEnsemble, fakeEnsemble } from './fake-zookeeper.ts'

const limit = 2500
const of = (letter: string, count: number) =>
  treeOf(Object.fromEntries(Array.from({ length: count }, (_, at) => [`${letter}${at}`, letter.repeat(1500)])), {
    limit,
  })

/** An ensemble seen from one writer, whose every write waits for what is given, and is sent in order. */
const slowed = (zk: FakeEnsemble, before: () => Promise<void>): Pick<FakeEnsemble, 'open'> => ({
  async open() {
    const session = await zk.open()
    let line = Promise.resolve()
    const multi = (operations: readonly Operation[]) => {
      line = line.then(before)
      return line.then(() => session.multi(operations))
    }
    return { ...session, multi }
  },
})

test('case 31: a live run that is taken over and begins again, before who took over does, is fenced off again', async () => {
  const zk = fakeEnsemble(() => setImmediate())
  await seed(zk, of('b', 1))
  const written = () => Object.keys(zk.tree()).filter((path) => path.startsWith('/dman/config/x')).length
  let permits = 0
  const one = slowed(zk, async () => {
    while (permits <= 0) await setImmediate()
    permits--
  })
  const more = async (count: number) => {
    const wanted = written() + count
    while (written() < wanted) {
      permits = 1
      await setImmediate()
    }
    permits = 0
  }
  let calls = 0
  const other = slowed(zk, async () => {
    calls++
    // Its announcement takes so long that the first one is refused, plans anew, announces and writes on.
    if (calls === 2) await more(1)
    // What it sends next was planned before this.
    if (calls === 3) await more(3)
    if (calls > 3) permits = Infinity
  })
  const [x, y] = [of('x', 40), of('y', 12)]
  const first = seed(one, x, { allowShrink: true, note: note({ run: 'x', who: 'X' }) })
  await more(3)
  const second = seed(other, y, { allowShrink: true, note: note({ run: 'y', who: 'Y' }) })
  const ends = await Promise.allSettled([first, second])
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(headOf(zk)).toMatchObject({ applying: null })
  expect(Object.keys(zk.tree())).toEqual(Object.keys(expected(headOf(zk).who === 'X' ? x : y)))
}, 30_000)
