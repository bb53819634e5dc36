import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/model/failure.ts'
import { allSaid, fieldsOf, must, numberIn, readRecords, said, saidOf } from '../../../src/remote/records.ts'

const records = [
  ['a', '1'],
  ['b x', '2'],
  ['a', '3'],
  ['b y z', '4'],
] as const

describe('records', () => {
  it('are found by key', () => {
    expect(said(records, 'a')).toBe('3')
    expect(said(records, 'c')).toBeUndefined()
    expect(allSaid(records, 'a')).toEqual(['1', '3'])
    expect(saidOf(records, 'b')).toEqual({ x: '2', 'y z': '4' })
    expect(must(records, 'a')).toBe('3')
  })

  it('that lack what a whole answer has are a failure of the step', () => {
    expect(() => readRecords(() => must(records, 'c'), 'observe')).toThrow(
      expect.objectContaining({ step: 'observe', got: 'its answer lacks "c"' }),
    )
  })

  it.each(['', ' ', '-1', 'NaN', '1e3', 'x', '1 2', 'Infinity'])('%j is no number', (text) => {
    expect(() => numberIn(text, 'it')).toThrow(Failure)
  })

  it('numbers may have a fraction', () => {
    expect(numberIn('12.50', 'it')).toBe(12.5)
  })
})

describe('fieldsOf', () => {
  it('reads key: value lines, and passes over others', () => {
    expect([...fieldsOf('format: 1\nwho: a: b\n\nnoise\nempty: \n')]).toEqual([
      ['format', '1'],
      ['who', 'a: b'],
      ['empty', ''],
    ])
  })
})
