import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { fingerprintOf, hasSshd, kit, lineOf, ran, title } from './ssh-kit.ts'
import type { Server } from './ssh-servers.ts'

const { scratch, known, login, refusal, target, server, identity } = kit()
const attempts = (of: Server) => of.log().match(/(Failed|Accepted|Postponed|Invalid user|authenticating user).*/g) ?? []

describe.skipIf(!hasSshd)(title('host keys'), () => {
  it('are accepted as recorded: plain, hashed, of several types, with what is strange around them', async () => {
    const rsa = scratch.key('rsa_host', 'rsa')
    const ecdsa = scratch.key('ecdsa_host', 'ecdsa')
    const two = await scratch.serve({ authorized: [identity()], hostKeys: [rsa, ecdsa] })
    const place = `[${two.address}]:${two.port}`
    const hashed = known(lineOf(two))
    execFileSync('ssh-keygen', ['-H', '-f', hashed], { stdio: 'ignore' })
    expect(readFileSync(hashed, 'utf8')).toMatch(/^\|1\|/)
    const plain = [
      lineOf(two),
      `# comment\n\n@cert-authority * ${server().keys[0] ?? ''}\nnonsense\n${place} ${scratch.publicOf(rsa)}\n`,
      `other,${place} ${scratch.publicOf(ecdsa)} a comment\n`,
      `[127.0.*]:${two.port},!other ${scratch.publicOf(rsa)}\n`,
    ]
    for (const knownHosts of [hashed, ...plain.map(known)]) {
      expect(await ran(await login(target(two, { knownHosts })), 'echo in')).toMatchObject({ out: 'in\n' })
    }
  })

  it('case 3: a changed key is refused with both fingerprints and no authentication is attempted', async () => {
    const mine = await scratch.serve({ authorized: [identity()] })
    for (const kind of ['ed25519', 'rsa'] as const) {
      const other = scratch.publicOf(scratch.key(`changed_${kind}`, kind))
      const knownHosts = known(`[${mine.address}]:${mine.port} ${other}\n`)
      for (const acceptNew of [false, true]) {
        const failure = await refusal(target(mine, { knownHosts }), { acceptNew })
        expect(failure).toMatchObject({ host: 'zk1', exit: 4, step: `connect to ${mine.address}:${mine.port}` })
        expect(failure.got).toContain(fingerprintOf(other))
        expect(failure.got).toContain(fingerprintOf(mine.keys[0] ?? ''))
        expect(failure.hint).toContain('ssh-keygen -R')
      }
      expect(readFileSync(knownHosts, 'utf8').split('\n')).toHaveLength(2)
    }
    await vi.waitFor(() => expect(mine.log()).toContain('preauth'))
    expect(attempts(mine)).toEqual([])
    await login(target(mine))
    expect(attempts(mine)).not.toEqual([])
  })

  it('case 3: a revoked key is refused, although it is also recorded', async () => {
    const knownHosts = known(`${lineOf(server())}@revoked * ${server().keys[0] ?? ''}\n`)
    const failure = await refusal(target(server(), { knownHosts }), { acceptNew: true })
    expect(failure).toMatchObject({ exit: 4, got: expect.stringContaining('revoked') as string })
  })

  it('case 4: an unknown key is refused with its fingerprint and how to accept it, nothing is attempted', async () => {
    const mine = await scratch.serve({ authorized: [identity()] })
    for (const knownHosts of [known(''), join(scratch.folder, 'no', 'such', 'file')]) {
      const failure = await refusal(target(mine, { knownHosts }))
      expect(failure).toMatchObject({ host: 'zk1', exit: 4 })
      expect(failure.got).toContain(fingerprintOf(mine.keys[0] ?? ''))
      expect(failure.hint).toContain('--accept-new-host-keys')
      expect(failure.hint).toContain(`ssh-keyscan -p ${mine.port} ${mine.address} >>${knownHosts}`)
    }
    expect(attempts(mine)).toEqual([])
  })

  it('case 4: new keys are recorded where that is asked for, several hosts at once, for ssh to read', async () => {
    const servers = await Promise.all(
      ['127.0.72.1', '127.0.72.2', '127.0.72.3'].map((address) => scratch.serve({ address, authorized: [identity()] })),
    )
    const folder = join(scratch.folder, 'fresh')
    const knownHosts = join(folder, 'known_hosts')
    await Promise.all(servers.map((one) => login(target(one, { knownHosts }), { acceptNew: true })))
    expect([statSync(folder).mode & 0o777, statSync(knownHosts).mode & 0o777]).toEqual([0o700, 0o600])
    expect(readFileSync(knownHosts, 'utf8').trim().split('\n').sort()).toEqual(
      servers.map((one) => lineOf(one).trim()).sort(),
    )
    for (const one of servers) {
      const place = `[${one.address}]:${one.port}`
      expect(execFileSync('ssh-keygen', ['-F', place, '-f', knownHosts], { encoding: 'utf8' })).toContain(place)
      await login(target(one, { knownHosts }))
    }
    expect(readFileSync(knownHosts, 'utf8').trim().split('\n')).toHaveLength(3)
  })

  it('case 4: a recorded key goes on a line of its own where the last line has no end', async () => {
    const knownHosts = known('other ssh-ed25519 AAAA')
    await login(target(server(), { knownHosts }), { acceptNew: true })
    expect(readFileSync(knownHosts, 'utf8')).toBe(`other ssh-ed25519 AAAA\n${lineOf(server())}`)
  })
})
