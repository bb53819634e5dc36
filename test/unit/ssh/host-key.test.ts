import { describe, expect, it } from 'vitest'
import { hostKeyAlgorithms, refusalOf } from '../../../src/ssh/host-key.ts'
import { fingerprint, knownHostsLine, parseKnownHosts } from '../../../src/ssh/known-hosts.ts'
import { blob } from './keys.ts'

const files = ['/home/ann/.ssh/known_hosts']
const login = { host: 'zk1', address: '10.0.0.11', port: 2222, user: 'dman' }
const hop = { ...login, isJump: false, identitiesOnly: false, knownHosts: files }
const own = blob('ssh-rsa', 'own')
const other = blob('ssh-ed25519', 'other')
const knownAsOwn = parseKnownHosts(knownHostsLine('10.0.0.11', 2222, own), '/home/ann/.ssh/known_hosts')
const trust = (text: typeof knownAsOwn, acceptNew = false) => ({
  files,
  lines: text,
  acceptNew,
})

describe('the algorithms that are offered', () => {
  it('begin with those of the keys on record, so that the server shows a key that can be compared', () => {
    expect(hostKeyAlgorithms(knownAsOwn, hop).slice(0, 4)).toEqual([
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ssh-rsa',
      'ssh-ed25519',
    ])
    expect(hostKeyAlgorithms([], hop)[0]).toBe('ssh-ed25519')
  })
  it('are all of them, each once', () => {
    expect(new Set(hostKeyAlgorithms(knownAsOwn, hop)).size).toBe(7)
    expect(hostKeyAlgorithms(knownAsOwn, hop)).toHaveLength(7)
  })
})

describe('a key that is shown', () => {
  it('is let pass when it is the one on record', async () => {
    expect(await refusalOf(own, hop, trust(knownAsOwn))).toBeUndefined()
  })

  it('case 3: refuses a changed key with both fingerprints, also where new keys are accepted', async () => {
    for (const acceptNew of [false, true]) {
      const failure = await refusalOf(other, hop, trust(knownAsOwn, acceptNew))
      expect(failure).toMatchObject({ host: 'zk1', exit: 4, step: 'connect to 10.0.0.11:2222' })
      expect(failure?.got).toContain(fingerprint(own))
      expect(failure?.got).toContain(fingerprint(other))
      expect(failure?.got).toContain('/home/ann/.ssh/known_hosts:1')
      expect(failure?.hint).toContain("ssh-keygen -R '[10.0.0.11]:2222' -f /home/ann/.ssh/known_hosts")
    }
  })

  it('case 4: refuses an unknown key with its fingerprint and how to accept it', async () => {
    const failure = await refusalOf(other, hop, trust([]))
    expect(failure).toMatchObject({ host: 'zk1', exit: 4 })
    expect(failure?.got).toContain(`ssh-ed25519 ${fingerprint(other)}`)
    expect(failure?.hint).toContain('--accept-new-host-keys')
    expect(failure?.hint).toContain('ssh-keyscan -p 2222 10.0.0.11 >>/home/ann/.ssh/known_hosts')
  })

  it('is refused when it is revoked, also where new keys are accepted', async () => {
    const revoked = parseKnownHosts(`@revoked * ssh-rsa ${own.toString('base64')}`, 'f')
    const failure = await refusalOf(own, hop, trust(revoked, true))
    expect(failure).toMatchObject({ exit: 4 })
    expect(failure?.got).toContain('revoked')
  })
})
