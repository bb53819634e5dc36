import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entriesOf, entryParser, type Logged, timeOf } from '../../../../src/hosts/logs/entries.ts'

const mark = '@m'
const framing = { host: 'zk1', mark }
const parsed = (chunks: readonly Buffer[]): Logged[] => {
  const parser = entryParser(framing)
  return [...chunks.flatMap((chunk) => [...parser.read(chunk)]), ...parser.rest()]
}
const gist = (all: readonly Logged[]) =>
  all.map((entry) => (entry === 'live' ? entry : `${entry.file} ${entry.at ?? '-'} ${entry.text}`))

const stamp = '2026-01-01T10:00:00.000Z'
const at = Date.parse(stamp)
const whole = Buffer.from(
  `zone +0200\n\n@m log/server.out 1700000000\nwhät\nnow\n\n@m log/zookeeper.log 1700000001\n rest of one\n${stamp} a\n\n  at b\n` +
    `2026-01-01 12:00:01,000 b\n\n@m live 1700000002\n\n\n@m log/zookeeper.log 1700000003\n${stamp} c\n`,
)
const entries = [
  'server.out 1700000000000 whät\nnow',
  'zookeeper.log -  rest of one',
  `zookeeper.log ${at} ${stamp} a\n\n  at b`,
  `zookeeper.log ${at + 1000} 2026-01-01 12:00:01,000 b`,
  'live',
  `zookeeper.log ${at} ${stamp} c`,
]

describe('entries of a stream of logs', () => {
  it('keeps what belongs together, and tells file and time', () => {
    expect(gist(parsed([whole]))).toEqual(entries)
  })

  it('does not mind where its chunks end', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length)), (cuts) => {
        const ends = [0, ...cuts.sort((a, b) => a - b), whole.length]
        const chunks = ends.slice(1).map((end, n) => whole.subarray(ends[n], end))
        expect(gist(parsed(chunks))).toEqual(entries)
      }),
    )
  })

  it('gives a line that goes on late in two parts, and no more than that', () => {
    const parser = entryParser(framing)
    const all = [
      ...parser.read(Buffer.from(`@m log/zookeeper.log 1\n${stamp} hal`)),
      ...parser.rest(),
      ...parser.rest(),
      ...parser.read(Buffer.from(`f\n${stamp} next`)),
      ...parser.rest(),
      ...parser.read(Buffer.from(`\n${stamp} last\n`)),
      ...parser.rest(),
    ]
    expect(gist(all).map((text) => text.replace(/^\S+ \S+ /, ''))).toEqual([
      `${stamp} hal`,
      'f',
      `${stamp} next`,
      `${stamp} last`,
    ])
  })

  it('holds no line and no entry of any length', () => {
    const long = parsed([Buffer.from(`@m log/zookeeper.log 1\n${'x'.repeat(200_000)}\n`)])
    expect(long.map((entry) => entry !== 'live' && entry.text.length)).toEqual([200_003])
    const trace = `  at ${'y'.repeat(995)}\n`.repeat(3000)
    const parts = parsed([Buffer.from(`@m log/zookeeper.log 1\n${stamp} failed\n${trace}`)])
    expect(parts.length).toBe(3)
    for (const part of parts) expect(part !== 'live' && part.text.length).toBeLessThan(1_200_000)
  })

  it('rejects as its stream does, after what it had', async () => {
    const broken = Readable.from(
      (function* () {
        yield Buffer.from(`@m log/zookeeper.log 1\n${stamp} a\n`)
        throw new Error('gone')
      })(),
    )
    const all: Logged[] = []
    const reading = (async () => {
      for await (const entry of entriesOf(broken, framing)) all.push(entry)
    })()
    await expect(reading).rejects.toThrow('gone')
    expect(gist(all)).toEqual([`zookeeper.log ${at} ${stamp} a`])
  })
})

it.each([
  ['2026-01-01T10:00:00.000+00:00 x', 0],
  ['2026-01-01T12:00:00.5+02:00 x', 500],
  ['2026-01-01 12:00:00,007 [myid:] x', 7],
  ['2026-01-01 12:00:00 x', 0],
])('the time of %s', (line, ms) => {
  expect(timeOf(line, '+02:00')).toBe(at + ms)
})
it.each(['', 'at org.apache', '2026-01-01', '2026-13-01T10:00:00 x', ' 2026-01-01T10:00:00 x'])(
  'no time in %j',
  (line) => {
    expect(timeOf(line, 'Z')).toBeUndefined()
  },
)
