import { expect, test } from 'vitest'
import { seal, sealedOf, unseal } from '../../../src/local/seal.ts'
import { Secret } from '../../../src/model/secret.ts'

const cheap = { N: 16, r: 8, p: 1 }
const passphrase = new Secret('correct horsé')

test('what was sealed is opened by its passphrase alone, however its letters were composed', async () => {
  const sealed = await seal('{"a":"ü"}', passphrase, cheap)
  expect(JSON.stringify(sealed)).not.toContain('ü')
  expect(await unseal(sealed, passphrase)).toBe('{"a":"ü"}')
  expect(await unseal(sealed, new Secret(passphrase.reveal().normalize('NFD')))).toBe('{"a":"ü"}')
  expect(await unseal(sealed, new Secret('correct horse'))).toBeUndefined()
  expect(sealedOf(JSON.parse(JSON.stringify(sealed)))).toEqual(sealed)
})

test('each seal has a salt and a nonce of its own', async () => {
  const two = [await seal('same', passphrase, cheap), await seal('same', passphrase, cheap)]
  for (const part of ['salt', 'nonce', 'text', 'tag'] as const) expect(two[0]?.[part]).not.toBe(two[1]?.[part])
})

test('a changed text, tag, nonce, salt or cost is not opened', async () => {
  const sealed = await seal('text', passphrase, cheap)
  const flipped = (text: string) => {
    const bytes = Buffer.from(text, 'base64')
    bytes[0] = (bytes[0] ?? 0) ^ 1
    return bytes.toString('base64')
  }
  for (const part of ['salt', 'nonce', 'text', 'tag'] as const)
    expect(await unseal({ ...sealed, [part]: flipped(sealed[part]) }, passphrase), part).toBeUndefined()
  expect(await unseal({ ...sealed, N: 32 }, passphrase)).toBeUndefined()
  // a shorter tag would be easier to forge
  const short = Buffer.from(sealed.tag, 'base64').subarray(0, 4).toString('base64')
  expect(await unseal({ ...sealed, tag: short }, passphrase)).toBeUndefined()
})

test.each([{ N: 3 }, { N: 2 ** 21 }, { r: 17 }, { p: 0 }, { kdf: 'md5' }, { cipher: 'none' }, { nonce: 'AA==' }, { tag: 1 }])(
  'damaged, or too much to ask: %j',
  async (change) => expect(sealedOf({ ...(await seal('text', passphrase, cheap)), ...change })).toBeUndefined(),
) // prettier-ignore
