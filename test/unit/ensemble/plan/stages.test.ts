import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compatible, sameStage, stageWords, wayTo } from '../../../../src/ensemble/plan/stages.ts'
import { tlsModes, tlsOff, type TlsStage } from '../../../../src/model/tls-stage.ts'

const off: TlsStage = { mode: 'off', trusts: [], issuer: '' }
const strict = (issuer: string, ...trusts: string[]): TlsStage => ({
  mode: 'strict',
  trusts: trusts.length === 0 ? [issuer] : trusts,
  issuer,
})
const shown = (way: readonly TlsStage[] | undefined) =>
  way?.map(({ mode, trusts, issuer }) => `${mode} ${trusts.join('+')} ${issuer}`.trim())
const stage = fc
  .record({
    mode: fc.constantFrom(...tlsModes),
    trusts: fc.constantFrom(['a'], ['b'], ['a', 'b']),
    issuer: fc.constantFrom('a', 'b'),
  })
  .map((any) => (any.mode === 'off' ? off : any))
  .filter((any) => compatible(any, any))

describe('the way of a running ensemble', () => {
  test('to TLS and back: three rolls each', () => {
    expect(shown(wayTo(strict('a'), [off, off]))).toEqual(['mixed a a', 'tls a a', 'strict a a'])
    expect(shown(wayTo(off, [strict('a')]))).toEqual(['tls a a', 'mixed a a', 'off'])
  })

  test('to another CA: trust both, show the new certificates, trust the new one', () =>
    expect(shown(wayTo(strict('b'), [strict('a')]))).toEqual(['strict a+b a', 'strict a+b b', 'strict b b']))

  test('a new ensemble begins at the end of it, and where all are there already nothing is left', () => {
    expect(shown(wayTo(strict('a'), []))).toEqual(['strict a a'])
    expect(shown(wayTo(strict('a'), [strict('a')]))).toEqual(['strict a a'])
  })

  test('of members that do not talk to each other there is none', () =>
    expect(wayTo(strict('a'), [off, strict('a')])).toBeUndefined())

  test('whatever runs and whatever is wanted: each stage talks to the next, and the first to all that run', () =>
    fc.assert(
      fc.property(stage, fc.array(stage, { minLength: 1, maxLength: 3 }), (wanted, runs) => {
        const way = wayTo(wanted, runs)
        const [first] = way ?? []
        if (way === undefined || first === undefined) {
          expect(runs.length).toBeGreaterThan(1)
          return
        }
        expect(way.every((each, at) => compatible(each, way[at + 1] ?? each))).toBe(true)
        expect(runs.every((each) => sameStage(each, wanted) || compatible(each, first))).toBe(true)
        expect(sameStage(way.at(-1) ?? off, wanted)).toBe(true)
      }),
    ))

  test('a roll that was cut short between two stages goes on to the second', () =>
    fc.assert(
      fc.property(stage, stage, (from, to) => {
        const [next, ...rest] = wayTo(to, [from]) ?? []
        if (next === undefined || sameStage(from, to)) return
        expect(shown(wayTo(to, [from, next]))).toHaveLength(rest.length + 1)
        expect(sameStage(wayTo(to, [from, next])?.[0] ?? off, next)).toBe(true)
      }),
    ))
})

test('each roll says in words what it is for', () => {
  expect(stageWords({ ...strict('a'), mode: 'mixed' }, tlsOff)).toMatch(/`tls: false` keeps it off.*takes both kinds/)
  expect(stageWords(strict('a'), tlsOff)).toMatch(/TLS connections alone .*`tls: false` keeps it off/)
  expect(stageWords(strict('a', 'a', 'b'), strict('a'))).toContain('trusts the new CA beside the former')
  expect(stageWords(strict('b', 'a', 'b'), strict('a', 'a', 'b'))).toContain('shows its certificate of the new CA')
  expect(stageWords(strict('b'), strict('b', 'a', 'b'))).toContain('trusts the new CA alone')
})
