import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigProblem, parseConfig } from '../../../src/ssh/config-lines.ts'

const read = (text: string) => parseConfig(text, 'f').map(({ line, keyword, args }) => [line, keyword, ...args])

describe('lines of an ssh configuration', () => {
  it('are a keyword and words, blank ones and comments left out', () => {
    expect(read('# first\n\n  Host zk1 zk2\r\n\tUser=ann\nPort =  22 # as usual\nCompression\n')).toEqual([
      [3, 'host', 'zk1', 'zk2'],
      [4, 'user', 'ann'],
      [5, 'port', '22'],
      [6, 'compression'],
    ])
  })
  it('may have quotes, and backslashes before what they guard', () => {
    expect(read(String.raw`IdentityFile "~/my keys/id" 'it"s' a\ b "c\"d" e\\f C:\g x"y z"w`)).toEqual([
      [1, 'identityfile', '~/my keys/id', 'it"s', 'a b', 'c"d', 'e\\f', 'C:\\g', 'xy zw'],
    ])
    expect(parseConfig('ProxyCommand  ssh -W "%h:%p" b\n', 'f')[0]?.rest).toBe('ssh -W "%h:%p" b')
  })
  it.each([
    ['User "ann\n', 'f:1: a quote has no end'],
    ['\n= x\n', 'f:2: it begins with no keyword'],
  ])('%o is refused', (text, message) => {
    expect(() => read(text)).toThrow(new ConfigProblem(message))
  })
  it('come back as they were quoted, whatever they hold', () => {
    const word = fc.string({ unit: fc.constantFrom('a', ' ', '"', "'", '\\', '#', '=', 'é', '%'), minLength: 1 })
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
        const quoted = words.map((one) => `"${one.replace(/["'\\]/g, '\\$&')}"`).join(' ')
        expect(read(`Host ${quoted}`)).toEqual([[1, 'host', ...words]])
      }),
    )
  })
})
