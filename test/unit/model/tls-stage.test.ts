import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stageIn, stageText, tlsModes, type TlsRelease } from '../../../src/model/tls-stage.ts'

const print = fc.constantFrom('0123456789abcdef', 'fedcba9876543210')
const stage: fc.Arbitrary<TlsRelease> = fc.record({
  mode: fc.constantFrom(...tlsModes.filter((mode) => mode !== 'off')),
  trusts: fc.array(print, { maxLength: 2 }),
  issuer: print,
  expires: fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
  names: fc.array(fc.constantFrom('10.0.0.1', '2001:db8::1', 'zk1.example.net'), { maxLength: 3 }),
})

test('what the file tls of a conf release says is read as it was written', () =>
  fc.assert(
    fc.property(stage, (written) => {
      expect(stageIn(stageText(written))).toEqual(written)
    }),
  ))

test.each([
  '',
  'format: 1\n',
  'mode: loud\nissuer: a\nexpires: 2030-01-01T00:00:00.000Z\n',
  'mode: strict\nissuer: a\nexpires: soon\n',
])('what is none of ours is not understood: %j', (text) => expect(stageIn(text)).toBeUndefined())
