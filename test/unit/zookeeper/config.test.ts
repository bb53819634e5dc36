import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { valueOf } from '../../../src/model/fact.ts'
import { formatZooCfg, parseZooCfg, sameZooCfg, survivesRewrite } from '../../../src/zookeeper/config.ts'

describe('zoo.cfg', () => {
  test('keys and values are trimmed as ZooKeeper does', () => {
    expect(valueOf(parseZooCfg('tickTime = 2000  \n initLimit:10\t\nempty=\n'))).toEqual(
      new Map([
        ['tickTime', '2000'],
        ['initLimit', '10'],
        ['empty', ''],
      ]),
    )
  })

  test('what is written says what it was made from', () => {
    const entry = fc.tuple(fc.string({ minLength: 1 }), fc.string())
    const tidy = (text: string) => !/^[\0- ]|[\0- ]$/.test(text)
    fc.assert(
      fc.property(fc.array(entry.filter(([key, value]) => tidy(key) && tidy(value))), (entries) => {
        expect(valueOf(parseZooCfg(formatZooCfg(entries)))).toEqual(new Map(entries))
      }),
    )
  })

  test('usual settings need no escape', () => {
    const usual = [
      ['server.1', '[fd00::1]:2889:3889:participant;[fd00::1]:2180'],
      ['DigestAuthenticationProvider.superDigest', 'super:Rk8b/3=='],
      ['dataDir', './data'],
    ] as const
    expect(formatZooCfg(usual)).toBe(usual.map(([key, value]) => `${key}=${value}\n`).join(''))
    expect(usual.every(([key, value]) => survivesRewrite(key, value))).toBe(true)
    expect(survivesRewrite('dataDir', 'C:\\data')).toBe(false)
    expect(survivesRewrite('dataDir', 'größe')).toBe(false)
    expect(survivesRewrite('dataDir', 'data ')).toBe(false)
  })

  test('two are compared by meaning', () => {
    const one = new Map([
      ['a', '1'],
      ['b', '2'],
    ])
    const other = new Map([...one].reverse())
    expect(sameZooCfg(one, other)).toBe(true)
    expect(sameZooCfg(one, new Map([...one, ['c', '3']]))).toBe(false)
    expect(sameZooCfg(one, new Map([...one, ['c', '3']]), (key) => key === 'c')).toBe(true)
    expect(sameZooCfg(one, new Map([['a', '1']]))).toBe(false)
  })
})
