import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Kazoo, kazoo } from './kazoo.ts'
import { srvr } from './killed-kit.ts'
import { type TestLab, withLab } from './lab/lab.ts'
import { rollOrder, watchedRoll } from './roll-watch.ts'
import { ended, servers } from './up-look.ts'
import { underWriter } from './writer.ts'

interface Result {
  readonly pauses: readonly { readonly host: string; readonly at_most_ms: number | null }[]
}

describe('a rolling restart of three', () => {
  const lab = withLab()
  const serving = () =>
    expect.poll(async () => (await lab.run('status', lab.inventory)).code, { timeout: 20_000 }).toBe(0)
  const killed = "kill -9 $(sed -n 's/^pid: //p' dman/run/server) && dman/bin/start"
  /** s without a write at most, of three attempts the one in the middle */
  const byHand = async (reader: Kazoo) => {
    const gaps: number[] = []
    for (let times = 0; times < 3; times++) {
      const leader = (await rollOrder(lab)).at(-1) ?? ''
      const { gap } = await underWriter(
        lab,
        reader,
        'by-hand',
        async () => {
          expect(await lab.exec(leader, killed)).toMatchObject({ code: 0, stderr: '' })
          await serving()
        },
        20,
      )
      gaps.push(gap)
    }
    return gaps.sort((a, b) => a - b)[1] ?? 0
  }

  beforeAll(async () => {
    ended(await lab.run('up', lab.inventory), 0)
  })

  test('loses no write, pauses at most twice as long as for a leader killed and started by hand, and says how long', async (context) => {
    const reader = await kazoo('3', '2.11.0')
    if ('why' in reader) return context.skip(reader.why)
    // the same looks go on while it is rolled, and take members and machine their time
    const load = watchLeader(lab)
    const gap = await byHand(reader)
    await load.end()

    const order = await rollOrder(lab)
    const before = await servers(lab)
    let pauses: Result['pauses'] = []
    let leaderless = 0
    const rolled = await underWriter(lab, reader, 'rolled', async () => {
      const looking = watchLeader(lab)
      const events = await watchedRoll(lab, order, 'restart')
      leaderless = await looking.end()
      pauses = (events.at(-1)?.['result'] as Result).pauses
    })
    for (const [index, server] of (await servers(lab)).entries()) expect(server).not.toBe(before[index])

    expect(rolled.gap).toBeLessThanOrEqual(2 * gap)
    // Once only, when the leader was taken down. The figure is a bound, and the client takes its time to find another member.
    expect(pauses.map(({ host }) => host)).toEqual([order.at(-1)])
    const told = pauses[0]?.at_most_ms ?? Infinity
    console.log(`told: writes were impossible for at most ${told} ms; nobody led for at least ${leaderless.toFixed()}`)
    expect(leaderless).toBeGreaterThan(100)
    expect(told).toBeGreaterThanOrEqual(leaderless - 50)
    expect(told).toBeLessThan(1000 * rolled.gap + 1000)
  })
})

/**
 * Looks every 10 ms who leads; `end` tells for how many ms nobody did at least: from the end of the first look in vain to the begin of the
 * last in a row.
 */
function watchLeader(lab: TestLab) {
  let [longest, since]: [number, number | undefined] = [0, undefined]
  const over = new AbortController()
  const watching = (async () => {
    while (!over.signal.aborted) {
      const began = performance.now()
      if ((await srvr(lab)).some((text = '') => /^Mode: leader$/m.test(text))) since = undefined
      else {
        since ??= performance.now()
        longest = Math.max(longest, began - since)
      }
      await sleep(10)
    }
  })()
  return {
    async end(): Promise<number> {
      over.abort()
      await watching
      return longest
    },
  }
}
