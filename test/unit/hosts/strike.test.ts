import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestsIn, formsOf, refuseSecrets, strike, strikeAll } from '../../../src/hosts/strike.ts'
import { Failure } from '../../../src/model/failure.ts'

const secret = 'geheim/+"x\\y'

describe('striking out', () => {
  it('leaves no form of a secret in any text', () => {
    const secrets = fc.array(fc.string({ minLength: 6, maxLength: 20 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(secrets, fc.string(), fc.string(), (all, before, after) => {
        const text = all.flatMap(formsOf).reduce((left, form) => left + form + after, before)
        const left = strike(text, all)
        for (const form of all.flatMap(formsOf)) if (!'‹secret›'.includes(form)) expect(left).not.toContain(form)
      }),
    )
  })

  it('knows where secrets stand, whatever they are', () => {
    const text =
      'tickTime=1\nDigestAuthenticationProvider.superDigest=super:abcdefghi=\n-Djavax.net.ssl.keyStorePassword=x y\n'
    expect(digestsIn(text)).toEqual(['abcdefghi='])
    expect(strike(text, [])).toBe(
      'tickTime=1\nDigestAuthenticationProvider.superDigest=‹secret›\n-Djavax.net.ssl.keyStorePassword=‹secret›\n',
    )
    expect(digestsIn(strike(text, []))).toEqual([])
    expect(digestsIn(JSON.stringify({ text }))).toEqual(['abcdefghi='])
  })

  it('keeps a value a value', () => {
    const value = { [secret]: [secret, `a\nsuperDigest=super:abcdefghi\nb`, 1, null, { ok: true }] }
    expect(strikeAll(value, [secret])).toEqual({
      '‹secret›': ['‹secret›', 'a\nsuperDigest=‹secret›\nb', 1, null, { ok: true }],
    })
  })

  it.each([
    ['the secret', 'a.txt', `x ${secret} y`],
    ['its base64', 'a.txt', Buffer.from(secret).toString('base64')],
    ['it in JSON', 'a.txt', JSON.stringify([secret])],
    ['it in a name', secret, ''],
    ['a digest that nobody knew of', 'a.txt', 'superDigest=super:abcdefghi'],
  ])('refuses to write %s', (_, name, text) => {
    const files = new Map([
      ['fine', 'fine'],
      [name, text],
    ])
    const refusal = (() => {
      try {
        refuseSecrets(files, [secret])
      } catch (thrown) {
        return thrown
      }
      return undefined
    })()
    expect(refusal).toBeInstanceOf(Failure)
    expect(refusal).toMatchObject({ exit: 5 })
    expect(JSON.stringify(refusal)).not.toContain(JSON.stringify(secret).slice(1, -1))
    refuseSecrets(new Map([['fine', 'superDigest=‹secret›']]), [secret])
  })
})
