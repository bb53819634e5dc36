import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Step } from '../../../src/ssh/authenticate.ts'
import { nextStep, passwordOf } from '../../../src/ssh/authenticate.ts'

type Key = 'plain' | 'asked'

/** The requests that a server sees which refuses all of them. ssh2 does not tell what it says after an agent's key. */
function all(offers: readonly string[], keys: readonly Key[]): Step[] {
  const left = [...keys]
  const tried: Step[] = []
  let offered: readonly string[] | null = null
  for (;;) {
    const key = left[0]
    const step = nextStep({ key, offered, stale: false, partial: false, tried })
    if (step === undefined) return tried
    tried.push(step)
    if (step === 'key') left.shift()
    if (step !== 'key' || key === 'plain') offered = offers
  }
}

describe('the requests of a login', () => {
  it('are keys, then the password where the server takes one', () => {
    expect(all(['publickey', 'password', 'keyboard-interactive'], ['plain'])).toEqual(['key', 'password'])
    expect(all(['publickey', 'keyboard-interactive'], ['plain'])).toEqual(['key', 'keyboard-interactive'])
    expect(all(['publickey'], ['plain', 'asked'])).toEqual(['key', 'key'])
  })
  it('begin with asking what the server takes where there is no key, or only one that somebody has to unlock', () => {
    expect(all(['password'], [])).toEqual(['none', 'password'])
    expect(all(['publickey'], [])).toEqual(['none'])
    expect(all(['publickey', 'password'], ['asked', 'plain'])).toEqual(['none', 'key', 'key', 'password'])
  })
  it('ask for no unlocking where the server takes no key', () => {
    expect(all(['password'], ['asked'])).toEqual(['none', 'password'])
  })
  it('go on to a second factor after a partial success', () => {
    const now = { key: undefined, stale: false, offered: ['keyboard-interactive'], tried: ['key', 'password'] as const }
    expect(nextStep({ ...now, partial: true })).toBe('keyboard-interactive')
    expect(nextStep({ ...now, partial: false })).toBeUndefined()
  })
  it('ask again what the server takes after an agent signed and that was not all', () => {
    const now = { key: 'asked', offered: ['publickey'], partial: false, tried: ['none', 'key'] } as const
    expect(nextStep({ ...now, stale: true })).toBe('none')
    expect(nextStep({ ...now, stale: false, offered: ['keyboard-interactive'] })).toBe('keyboard-interactive')
  })
  it('case 2: are each made at most once, and a password never sent twice, whatever the server says', () => {
    const methods = fc.subarray(['publickey', 'password', 'keyboard-interactive', 'hostbased'])
    const keys = fc.array(fc.constantFrom<Key>('plain', 'asked'), { maxLength: 5 })
    fc.assert(
      fc.property(methods, keys, (offers, held) => {
        const tried = all(offers, held)
        const count = (step: Step) => tried.filter((one) => one === step).length
        expect(count('key')).toBeLessThanOrEqual(held.length)
        expect(count('none')).toBeLessThanOrEqual(1)
        expect(count('password') + count('keyboard-interactive')).toBeLessThanOrEqual(1)
        // sshd counts all but a first `none`, and ends the connection at six
        expect(tried.filter((step, index) => index > 0 || step !== 'none').length).toBeLessThanOrEqual(6)
      }),
    )
  })
})

test('one password is for all hosts of a user, and each jump host has its own', () => {
  const of = (address: string, isJump: boolean) => passwordOf({ user: 'ann', address, port: 22, isJump })
  expect(of('10.0.0.1', false)).toBe(of('10.0.0.2', false))
  expect(new Set([of('10.0.0.1', false), of('10.0.0.1', true), of('10.0.0.2', true)]).size).toBe(3)
})
