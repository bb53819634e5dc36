import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  covers,
  fingerprint,
  judge,
  keyType,
  knownAs,
  knownHostsLine,
  knownTypes,
  parseKnownHosts,
} from '../../../src/ssh/known-hosts.ts'
import { anyAddress, anyKey, anyPort, blob } from './keys.ts'

const own = blob('ssh-ed25519', 'own')
const other = blob('ssh-ed25519', 'other')
const line = (names: string, key = own, marker = '') =>
  `${marker}${names} ${keyType(key)} ${key.toString('base64')} comment here\n`
const lines = (...texts: string[]) => parseKnownHosts(texts.join(''), 'file')
const hashed = (name: string, salt = 'salt of twenty bytes') =>
  `|1|${Buffer.from(salt).toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`

describe('parsing', () => {
  it('reads marker, names and key, with the number of the line, past comments and what is malformed', () => {
    const text = `# comment\n\n  ${line('zk1,10.0.0.1')}nonsense\nzk1 ssh-rsa ${own.toString('base64')}\n${line('*', other, '@revoked ')}@strange ${line('zk1')}`
    expect(parseKnownHosts(text, 'f').map(({ line: at, marker, names }) => [at, marker, names])).toEqual([
      [3, 'none', 'zk1,10.0.0.1'],
      [6, 'revoked', '*'],
    ])
  })

  it('reads lines that end as on Windows', () => {
    expect(judge(parseKnownHosts(line('zk1').replace('\n', '\r\n'), 'f'), 'zk1', 22, own)).toEqual({ is: 'known' })
  })

  it('reads any text at all', () => {
    fc.assert(fc.property(fc.string(), (text) => parseKnownHosts(text, 'f').length <= text.split('\n').length))
  })
})

describe('names', () => {
  const cases: [names: string, name: string, is: boolean][] = [
    ['zk1', 'zk1', true],
    ['zk1', 'zk10', false],
    ['ZK1.Example', 'zk1.example', true],
    ['a,zk1,b', 'zk1', true],
    ['zk?', 'zk1', true],
    ['zk?', 'zk', false],
    ['*.example', 'a.b.example', true],
    ['*.example', 'example', false],
    ['*,!zk1', 'zk1', false],
    ['*,!zk1', 'zk2', true],
    ['!zk1', 'zk2', false],
    ['[zk1]:2222', '[zk1]:2222', true],
    ['[zk1]:2222', 'zk1', false],
    ['[10.0.0.*]:2222', '[10.0.0.7]:2222', true],
    ['a*b*c', 'aXbXbXc', true],
    ['a*b*c', 'aXcXb', false],
    [hashed('zk1'), 'zk1', true],
    [hashed('[zk1]:2222'), '[zk1]:2222', true],
    [hashed('zk1'), 'zk2', false],
    ['|2|c2FsdA==|c2FsdA==', 'zk1', false],
    ['|1|c2FsdA==', 'zk1', false],
  ]
  it.each(cases)('%s and %s: %s', (names, name, is) => {
    expect(covers(names, name)).toBe(is)
  })
})

describe('judging a key', () => {
  it('knows what was recorded, plain or hashed, for that address and port alone', () => {
    fc.assert(
      fc.property(anyAddress, anyPort, anyKey, anyKey, fc.boolean(), (address, port, key, another, hide) => {
        const plain = knownHostsLine(address, port, key)
        const text = hide ? plain.replace(/^\S+/, hashed(knownAs(address, port))) : plain
        const known = parseKnownHosts(`${text}\n`, 'f')
        expect(judge(known, address, port, key)).toEqual({ is: 'known' })
        expect(judge(known, `x${address}`, port, key)).toEqual({ is: 'unknown' })
        if (port !== 22) expect(judge(known, address, 22, key)).toEqual({ is: 'unknown' })
        if (!another.equals(key)) {
          expect(judge(known, address, port, another)).toMatchObject({ is: 'changed', expected: [{ line: 1 }] })
        }
      }),
    )
  })

  it('case 3: another key, of any type, is a changed one, told with all that were expected', () => {
    const known = lines(line('zk1'), line('zk1', blob('ssh-rsa')))
    for (const key of [other, blob('ecdsa-sha2-nistp256')]) {
      expect(judge(known, 'zk1', 22, key)).toMatchObject({ is: 'changed', expected: [{ line: 1 }, { line: 2 }] })
    }
  })

  it('case 4: no line for it is unknown', () => {
    expect(judge(lines(line('zk2')), 'zk1', 22, own)).toEqual({ is: 'unknown' })
    expect(judge([], 'zk1', 22, own)).toEqual({ is: 'unknown' })
  })

  it('takes a revocation over every other line, whichever comes first and whatever its port', () => {
    for (const name of ['zk1', '*', '[zk1]:2222', hashed('zk1')]) {
      const known = lines(line('[zk1]:2222'), line(name, own, '@revoked '))
      expect(judge(known, 'zk1', 2222, own)).toMatchObject({ is: 'revoked', by: { line: 2 } })
    }
    expect(judge(lines(line('zk1'), line('zk2', own, '@revoked ')), 'zk1', 22, own)).toEqual({ is: 'known' })
    expect(judge(lines(line('zk1'), line('*', other, '@revoked ')), 'zk1', 22, own)).toEqual({ is: 'known' })
  })

  it('gives a certificate authority no trust, and its line no say', () => {
    expect(judge(lines(line('*', own, '@cert-authority ')), 'zk1', 22, own)).toEqual({ is: 'unknown' })
    expect(judge(lines(line('*', other, '@cert-authority '), line('zk1')), 'zk1', 22, own)).toEqual({ is: 'known' })
  })

  it('lets a host on another port show the key of its bare name, but no other', () => {
    expect(judge(lines(line('zk1')), 'zk1', 2222, own)).toEqual({ is: 'known' })
    expect(judge(lines(line('zk1')), 'zk1', 2222, other)).toEqual({ is: 'unknown' })
    expect(judge(lines(line('zk1'), line('[zk1]:2222', other)), 'zk1', 2222, own)).toMatchObject({ is: 'changed' })
  })

  it('names the types on record, those of the port before those of the bare name', () => {
    const known = lines(line('zk1'), line('[zk1]:2222', blob('ssh-rsa')), line('[zk1]:2222', blob('ssh-rsa', 'second')))
    expect(knownTypes(known, 'zk1', 2222)).toEqual(['ssh-rsa'])
    expect(knownTypes(known, 'zk1', 2223)).toEqual(['ssh-ed25519'])
    expect(knownTypes(known, 'zk9', 22)).toEqual([])
  })
})

it('prints a fingerprint as OpenSSH does', () => {
  const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
  expect(fingerprint(Buffer.from(key, 'base64'))).toBe('SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU')
})
