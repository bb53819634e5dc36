import { beforeAll, describe, expect, test } from 'vitest'
import { kazoo } from './kazoo.ts'
import { withLab } from './lab/lab.ts'
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

  beforeAll(async () => {
    ended(await lab.run('up', lab.inventory), 0)
  })

  test('loses no write, pauses at most twice as long as for a leader killed and started by hand, and says how long', async (context) => {
    const reader = await kazoo('3', '2.11.0')
    if ('why' in reader) return context.skip(reader.why)
    const byHand = await underWriter(lab, reader, 'by-hand', async () => {
      // A client that lost its member waits by a throw of dice: in a roll it may throw them as often.
      for (let times = 0; times < lab.hosts.length; times++) {
        await serving()
        const leader = (await rollOrder(lab)).at(-1) ?? ''
        expect(await lab.exec(leader, killed)).toMatchObject({ code: 0, stderr: '' })
      }
      await serving()
    })

    const order = await rollOrder(lab)
    const before = await servers(lab)
    let pauses: Result['pauses'] = []
    const rolled = await underWriter(lab, reader, 'rolled', async () => {
      const events = await watchedRoll(lab, order, 'restart')
      pauses = (events.at(-1)?.['result'] as Result).pauses
    })
    for (const [index, server] of (await servers(lab)).entries()) expect(server).not.toBe(before[index])

    expect(rolled.gap).toBeLessThanOrEqual(2 * byHand.gap)
    // Once only, when the leader was taken down. The client takes its time to find another member; the figure is a bound.
    expect(pauses.map(({ host }) => host)).toEqual([order.at(-1)])
    const told = (pauses[0]?.at_most_ms ?? Infinity) / 1000
    console.log(`told: writes were impossible for at most ${told.toFixed(2)} s`)
    expect(Math.abs(told - rolled.gap)).toBeLessThan(1)
  })
})
