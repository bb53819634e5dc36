import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mayHaveEnded, readFrame } from '../../../src/remote/frame.ts'

const nonce = '0123456789abcdef01234567'
const framed = (records: readonly (readonly [string, string])[], status: number): string =>
  `\n@${nonce} begin\n${records.map(([key, value]) => `\n@${nonce} ${key}\n${value}`).join('')}\n@${nonce} end ${status}\n`

const key = fc
  .stringMatching(/^[a-z][a-z0-9 ._-]{0,20}$/)
  .filter((text) => !text.startsWith('end ') && text !== 'begin')
const text = fc.string({ unit: 'binary' })
// whatever lines a value may have, also ones that look like marks of another call
const value = fc.oneof(
  text,
  fc.constantFrom('', '\n', '\n\n', '@x end 0\n', '\n@abc begin\n', 'end 0', `@${nonce.slice(1)} end 0\n`),
)
const records = fc.array(fc.tuple(key, value))

describe('readFrame', () => {
  it('reads back any records, whatever is printed around them', () => {
    fc.assert(
      fc.property(text, records, fc.nat(255), text, (before, said, status, after) => {
        const bytes = Buffer.from(`${before}${framed(said, status)}${after}`)
        expect(readFrame(bytes, nonce)).toEqual({ begun: true, status, records: said })
      }),
    )
  })

  it('case 6: has no status while its last byte has not come', () => {
    fc.assert(
      fc.property(records, fc.nat(255), fc.double({ min: 0, max: 1, noNaN: true }), (said, status, part) => {
        const bytes = Buffer.from(framed(said, status))
        const cut = bytes.subarray(0, Math.floor(part * (bytes.length - 1)))
        const frame = readFrame(cut, nonce)
        expect(frame.status).toBeUndefined()
        expect(frame.records.length).toBeLessThanOrEqual(said.length + 1)
      }),
    )
  })

  it('takes no other call’s marks for its own', () => {
    const other = framed([['key', 'value']], 0).replaceAll(nonce, 'ffffffffffffffffffffffff')
    expect(readFrame(Buffer.from(other), nonce)).toEqual({ begun: false, status: undefined, records: [] })
  })

  it('keeps values that are no UTF-8 readable', () => {
    const bytes = Buffer.concat([
      Buffer.from(`\n@${nonce} begin\n\n@${nonce} k\na`),
      Buffer.from([0xff]),
      Buffer.from(`b\n@${nonce} end 0\n`),
    ])
    expect(readFrame(bytes, nonce).records).toEqual([['k', 'a\ufffdb']])
  })
})

describe('mayHaveEnded', () => {
  it('sees the end mark', () => {
    expect(mayHaveEnded(Buffer.from(framed([], 0)), nonce)).toBe(true)
    expect(mayHaveEnded(Buffer.from(framed([], 0).slice(0, -8)), nonce)).toBe(false)
  })
})
