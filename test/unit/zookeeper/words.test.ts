import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { fourLetterWord, parseMntr, parseSrvr } from '../../../src/zookeeper/words.ts'
import { valueOf } from '../value-of.ts'
import { streamPair } from './pair.ts'

const srvr = (mode: string) => `Zookeeper version: 3.9.5-1a2b3c4d, built on 2026-01-30 12:00 UTC
Latency min/avg/max: 0/0.3125/12
Received: 5
Sent: 4
Connections: 2
Outstanding: 0
Zxid: 0x10000002f
Mode: ${mode}
Node count: 7
`
/** As Java's Double prints what is large or small. */
const asJava = (value: number) => value.toExponential().replace('e', 'E').replace('+', '')
const notServing = 'This ZooKeeper instance is not currently serving requests\n'

describe('srvr', () => {
  test.each(['leader', 'follower', 'observer', 'standalone'])('of a %s', (mode) => {
    expect(parseSrvr(srvr(mode))).toEqual({
      is: 'present',
      value: {
        version: '3.9.5',
        mode,
        zxid: '000000010000002f',
        connections: 2,
      },
    })
  })

  test('not serving is absent; cut, foreign or forbidden answers are unknown', () => {
    expect(parseSrvr(notServing).is).toBe('absent')
    expect(parseSrvr(srvr('read-only')).is).toBe('unknown')
    expect(parseSrvr('').is).toBe('unknown')
    expect(parseSrvr('SSH-2.0-OpenSSH_9.2\r\n').is).toBe('unknown')
    expect(parseSrvr('srvr is not executed because it is not in the whitelist.\n')).toMatchObject({
      why: { hint: expect.stringContaining('4lw.commands.whitelist') as string },
    })
    // Half a zxid would be a smaller one.
    const cut = srvr('leader').indexOf('2f')
    for (let at = 0; at <= cut; at += 1) expect(parseSrvr(srvr('leader').slice(0, at)).is).toBe('unknown')
  })

  test('no text makes it throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => parseSrvr(text).is !== 'present'))
    fc.assert(fc.property(fc.string(), (text) => parseMntr(`zk_version\t${text}`).is !== 'present'))
  })
})

describe('mntr', () => {
  const leader = `zk_version\t3.9.5-1a2b3c, built on 2026-01-30 12:00 UTC
zk_server_state\tleader
zk_peer_state\tleading - broadcast
zk_synced_followers\t2
zk_synced_non_voting_followers\t1
zk_synced_observers\t0
zk_pending_syncs\t0
zk_quorum_size\t3
zk_learners\t3
zk_uptime\t12345
zk_znode_count\t7
zk_num_alive_connections\t1
zk_outstanding_requests\t4
zk_avg_latency\t0.25
zk_tiny\t1.0E-4
zk_odd\tNaN
something else
`
  test('of a leader', () => {
    const facts = valueOf(parseMntr(leader))
    expect(facts).toMatchObject({
      syncedFollowers: 2,
      syncedNonVotingFollowers: 1,
      syncedObservers: 0,
      pendingSyncs: 0,
    })
    expect(facts?.values.get('zk_avg_latency')).toBe('0.25')
    expect(facts?.values.size).toBe(16)
  })

  test('of a follower: what it does not tell is undefined', () => {
    const facts = valueOf(parseMntr('zk_version\t3.9.5\nzk_server_state\tfollower\nzk_pending_syncs\tsome\n'))
    expect(facts).toMatchObject({ syncedFollowers: undefined, pendingSyncs: undefined })
  })

  test('whatever a server tells, in whatever order, is read as it was told; of an answer that was cut, what was whole', () => {
    const text = fc.string({ unit: 'grapheme' }).map((line) => line.replace(/[\r\n\u2028\u2029]/g, ''))
    const number = fc.oneof(
      fc.maxSafeInteger().map((value) => ({ value, told: String(value) })),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((some) => ({ value: some + 0, told: asJava(some + 0) })),
      fc.constantFrom('NaN', 'Infinity', '', 'many').map((told) => ({ value: undefined, told })),
    )
    const numbers = fc.record(
      {
        synced_followers: number,
        synced_non_voting_followers: number,
        synced_observers: number,
        pending_syncs: number,
      },
      { requiredKeys: [] },
    )
    const others = fc.dictionary(fc.stringMatching(/^other_[a-z0-9_{}="]{1,20}$/), text)
    const mode = fc.constantFrom('leader', 'follower', 'observer', 'standalone')
    fc.assert(
      fc.property(
        mode,
        numbers,
        others,
        fc.infiniteStream(fc.nat()),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (state, some, more, order, cut) => {
          const told = new Map([
            ['zk_server_state', state],
            ...Object.entries(some).map(([name, { told }]) => [`zk_${name}`, told] as const),
            ...Object.entries(more).map(([name, value]) => [`zk_${name}`, value] as const),
          ])
          const ranked = [...told].map((pair) => [order.next().value, pair] as const).sort(([a], [b]) => a - b)
          const lines = ranked.map(([, [name, value]]) => `${name}\t${value}\n`)
          const facts = valueOf(parseMntr(lines.join('')))
          expect(facts?.values).toEqual(told)
          expect(facts).toMatchObject({
            syncedFollowers: some.synced_followers?.value,
            syncedNonVotingFollowers: some.synced_non_voting_followers?.value,
            syncedObservers: some.synced_observers?.value,
            pendingSyncs: some.pending_syncs?.value,
          })
          const part = parseMntr(lines.join('').slice(0, Math.floor(cut * lines.join('').length)))
          if (part.is === 'present') for (const [name, value] of part.value.values) expect(value).toBe(told.get(name))
          else expect(part.is).toBe('unknown')
        },
      ),
    )
  })

  test('not serving is absent, no state is unknown', () => {
    expect(parseMntr(notServing).is).toBe('absent')
    expect(parseMntr('zk_version\t3.9.5\n').is).toBe('unknown')
  })
})

describe('asking', () => {
  const asking = () => {
    const [ours, theirs] = streamPair()
    return { dial: () => Promise.resolve(ours), ours, theirs }
  }

  test('sends the word and answers the whole text', async () => {
    const { dial, ours, theirs } = asking()
    theirs.once('data', (word: Buffer) => {
      theirs.write(`${word.toString()}: one `)
      theirs.end('ä')
    })
    expect(await fourLetterWord(dial, 'ruok', 1000)).toBe('ruok: one ä')
    expect(ours.destroyed).toBe(true)
  })

  test('a cut or broken connection is a failure', async () => {
    const cut = asking()
    cut.theirs.once('data', () => cut.theirs.destroy())
    await expect(fourLetterWord(cut.dial, 'srvr', 1000)).rejects.toMatchObject({ got: 'the connection was cut' })
    const broken = asking()
    broken.theirs.once('data', () => broken.ours.destroy(new Error('reset')))
    await expect(fourLetterWord(broken.dial, 'srvr', 1000)).rejects.toMatchObject({ got: 'reset' })
  })

  test('endless text is a failure', async () => {
    const { dial, ours, theirs } = asking()
    theirs.once('data', () => theirs.write(Buffer.alloc(2 * 1024 * 1024)))
    await expect(fourLetterWord(dial, 'mntr', 1000)).rejects.toMatchObject({ step: 'ask ZooKeeper mntr' })
    expect(ours.destroyed).toBe(true)
  })

  test('silence ends at the deadline, and closes the stream, also one that was dialled too late', async () => {
    vi.useFakeTimers()
    try {
      const { dial, ours } = asking()
      const silent = expect(fourLetterWord(dial, 'srvr', 300)).rejects.toMatchObject({ got: 'no answer within 300 ms' })
      await vi.advanceTimersByTimeAsync(300)
      await silent
      expect(ours.destroyed).toBe(true)

      const late = asking()
      const answered = late.ours
      const slow = () => new Promise<typeof answered>((resolve) => setTimeout(() => resolve(answered), 500))
      const tardy = expect(fourLetterWord(slow, 'srvr', 300)).rejects.toMatchObject({ exit: 1 })
      await vi.advanceTimersByTimeAsync(300)
      await tardy
      await vi.advanceTimersByTimeAsync(300)
      expect(answered.destroyed).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  test('a refused dial is passed on', async () => {
    const refused = new Error('refused')
    await expect(fourLetterWord(() => Promise.reject(refused), 'srvr', 1000)).rejects.toBe(refused)
    await expect(fourLetterWord(() => Promise.reject(refused), 'srvr', AbortSignal.abort())).rejects.toMatchObject({
      got: 'no answer within the time it had',
    })
  })
})
