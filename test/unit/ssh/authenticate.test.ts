import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Method } from '../../../src/ssh/authenticate.ts'
import { nextMethod } from '../../../src/ssh/authenticate.ts'

/** The methods that are tried at a server that refuses all but says what it takes. */
function all(offered: readonly string[], hasKeys: boolean): Method[] {
  const tried: Method[] = []
  for (;;) {
    const next = nextMethod({ tried, offered: tried.length === 0 ? null : offered, partial: false, hasKeys })
    if (next === undefined) return tried
    tried.push(next)
  }
}

describe('the methods of a login', () => {
  it('are keys, then the password where the server takes one', () => {
    expect(all(['publickey', 'password', 'keyboard-interactive'], true)).toEqual(['publickey', 'password'])
    expect(all(['publickey', 'keyboard-interactive'], true)).toEqual(['publickey', 'keyboard-interactive'])
    expect(all(['publickey'], true)).toEqual(['publickey'])
  })
  it('begin with asking what the server takes where there is no key', () => {
    expect(all(['password'], false)).toEqual(['none', 'password'])
    expect(all(['publickey'], false)).toEqual(['none'])
  })
  it('may go on to a second factor after a partial success', () => {
    const now = { tried: ['publickey', 'password'] as const, offered: ['keyboard-interactive'], hasKeys: true }
    expect(nextMethod({ ...now, partial: true })).toBe('keyboard-interactive')
    expect(nextMethod({ ...now, partial: false })).toBeUndefined()
  })
  it('case 2: are each tried at most once, and a password never twice, whatever the server says', () => {
    const methods = fc.subarray(['publickey', 'password', 'keyboard-interactive', 'hostbased'])
    fc.assert(
      fc.property(methods, fc.boolean(), (offered, hasKeys) => {
        const tried = all(offered, hasKeys)
        expect(new Set(tried).size).toBe(tried.length)
        expect(tried.filter((one) => one === 'password' || one === 'keyboard-interactive').length).toBeLessThan(2)
      }),
    )
  })
})
