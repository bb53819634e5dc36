import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, vi } from 'vitest'
import { Secret } from '../../src/model/secret.ts'
import { newMemory, type Question } from '../../src/ssh/asking.ts'
import { withAgent } from './ssh-agent.ts'
import { fingerprintOf, hasSshd, kit, lineOf, noTerminal, ran, soon, title } from './ssh-kit.ts'
import { freePort, isRoot, user } from './ssh-servers.ts'

const { scratch, known, login, refusal, target, server, identity } = kit()

function canMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!hasSshd)(title('reaching a host'), () => {
  it('case 1: says where a connection was refused', async () => {
    const port = await freePort()
    const failure = await refusal({ ...target(server()), port })
    expect(failure).toMatchObject({
      host: 'zk1',
      exit: 4,
      step: `connect to 127.0.0.1:${port}`,
      got: 'connection refused',
    })
    expect(failure.hint).not.toBe('')
  })

  it('case 1: says that a name was not found', async () => {
    const failure = await refusal(target(server(), { address: 'no-such-host.invalid' }))
    expect(failure).toMatchObject({ host: 'zk1', exit: 4, got: expect.stringContaining('name not found') as string })
  })

  it('case 1: ends at the deadline where something listens but says nothing', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const began = performance.now()
    const failure = await refusal({ ...target(server()), port }, { deadline: soon(300) })
    expect(performance.now() - began).toBeLessThan(3000)
    expect(failure).toMatchObject({ host: 'zk1', exit: 4, got: expect.stringContaining('timed out') as string })
    expect(failure.got).toContain(`127.0.0.1:${port}`)
    silent.close()
  })

  it('case 1: tells what is no SSH server', async () => {
    const web = createServer((socket) => {
      socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n')
    }).listen(0, '127.0.0.1')
    await once(web, 'listening')
    const { port } = web.address() as { port: number }
    const failure = await refusal({ ...target(server()), port })
    expect(failure).toMatchObject({ exit: 4, hint: expect.stringContaining('SSH server') as string })
    web.close()
  })

  it('tries again where sshd turns connections away before a login (MaxStartups)', async () => {
    const busy = await scratch.serve({ authorized: [identity()], config: ['MaxStartups 1:100:1'] })
    const to = target(busy)
    const all = await Promise.all(Array.from({ length: 5 }, () => login(to)))
    expect(all).toHaveLength(5)
    expect(busy.log()).toMatch(/MaxStartups|drop connection/)
  })

  it('waits longer each time that it is turned away before a login, also without a word, as by OpenSSH 7.4', async () => {
    const { address, port: real } = server()
    const came: number[] = []
    const turning = createServer((socket) => {
      socket.on('error', () => undefined)
      if (came.push(performance.now()) < 4) socket.destroy()
      else socket.pipe(createConnection(real, address)).pipe(socket)
    }).listen(0, '127.0.0.1')
    await once(turning, 'listening')
    const { port } = turning.address() as { port: number }
    // what hosts that were turned away together wait for differs by chance
    const chance = vi.spyOn(Math, 'random').mockReturnValue(0.5)
    try {
      const emit = vi.fn()
      const keys = { ...server(), port }
      await login({ ...target(server()), port, knownHosts: known(lineOf(keys)) }, { emit })
      const told = emit.mock.calls.map(([event]) => (event as { text?: string }).text ?? '')
      const waits = [150, 400, 800]
      expect(told.filter((text) => text.includes('trying again'))).toEqual(
        waits.map((ms) => expect.stringContaining(`trying again in ${ms} ms`) as string),
      )
      for (const [index, ms] of waits.entries())
        expect((came[index + 1] ?? 0) - (came[index] ?? 0)).toBeGreaterThanOrEqual(ms - 5)
    } finally {
      chance.mockRestore()
      turning.close()
    }
  })

  it('works with an sshd that knows only what OpenSSH 7.4 knows', async () => {
    const rsa = scratch.key('old_host', 'rsa')
    const old = [
      'KexAlgorithms curve25519-sha256@libssh.org,ecdh-sha2-nistp256,diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha1',
      'Ciphers chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com',
      'MACs umac-64-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1',
      'HostKeyAlgorithms ssh-rsa,rsa-sha2-256,rsa-sha2-512',
      'PubkeyAcceptedAlgorithms ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-256,rsa-sha2-512,ssh-rsa',
    ]
    const keys = { hostKeys: [rsa], authorized: [identity()] }
    for (const config of [
      old,
      ['Ciphers chacha20-poly1305@openssh.com', ...old.slice(3)],
      [
        'Ciphers aes256-ctr',
        'MACs hmac-sha1',
        'KexAlgorithms diffie-hellman-group14-sha1',
        'HostKeyAlgorithms ssh-rsa',
      ],
    ]) {
      const one = await scratch.serve({ ...keys, config })
      const connection = await login(target(one))
      const channel = await connection.exec('cat', soon())
      const bytes = Buffer.alloc(1 << 20, 'bytes')
      channel.stdin.end(bytes)
      expect(await text(channel.stdout)).toBe(bytes.toString())
    }
  })
})

describe.skipIf(!hasSshd)(title('logging in'), () => {
  it('by a key with a passphrase asks for it once a run, whatever the number of hosts', async () => {
    const locked = scratch.key('locked', 'ed25519', 'open sesame')
    const two = await Promise.all([scratch.serve({ authorized: [locked] }), scratch.serve({ authorized: [locked] })])
    const asked: Question[] = []
    const prompt = (question: Question) => {
      asked.push(question)
      return Promise.resolve(new Secret(asked.length === 1 ? 'mistyped' : 'open sesame'))
    }
    const memory = newMemory()
    await Promise.all([...two, ...two].map((one) => login(target(one, { identity: locked }), { prompt, memory })))
    expect(asked.map(({ kind, text }) => [kind, text.includes(locked)])).toEqual([
      ['passphrase', true],
      ['passphrase', true],
    ])
  })

  it('by a key with a passphrase takes it from the environment', async () => {
    for (const kind of ['ed25519', 'rsa', 'ecdsa'] as const) {
      const locked = scratch.key(`locked_${kind}`, kind, 'open sesame')
      const one = await scratch.serve({ authorized: [locked] })
      const env = { DMAN_SSH_PASSPHRASE: 'open sesame' }
      expect(await ran(await login(target(one, { identity: locked }), { env }), 'true')).toMatchObject({
        outcome: { is: 'exited', code: 0 },
      })
    }
  })

  it('case 2: asks for no passphrase of a key that the server does not take', async () => {
    const locked = scratch.key('locked_foreign', 'ed25519', 'open sesame')
    const asked: string[] = []
    const prompt = ({ kind }: Question) => {
      asked.push(kind)
      return noTerminal()
    }
    const failure = await refusal(target(server(), { identity: locked }), { prompt })
    expect(failure).toMatchObject({ exit: 4 })
    expect(asked).not.toContain('passphrase')
  })

  it('case 2: a passphrase that cannot be asked is told', async () => {
    const locked = scratch.key('locked_alone', 'ed25519', 'open sesame')
    const one = await scratch.serve({ authorized: [locked] })
    const failure = await refusal(target(one, { identity: locked }), { env: { DMAN_SSH_PASSPHRASE: 'wrong' } })
    expect(failure.got).toMatch(/DMAN_SSH_PASSPHRASE does not open it.*there is no terminal/)
  })

  it('by an agent, alone and in the place of an encrypted file', async () => {
    const locked = scratch.key('locked_agent', 'ed25519', 'open sesame')
    const rsa = scratch.key('agent_rsa', 'rsa')
    const prompt = vi.fn(noTerminal)
    const tried = async (env: NodeJS.ProcessEnv) => {
      for (const key of [locked, rsa]) {
        const one = await scratch.serve({ authorized: [key] })
        await login(target(one, { identity: undefined }), { env, prompt })
      }
      const one = await scratch.serve({ authorized: [locked] })
      await login(target(one, { identity: locked }), { env, prompt })
    }
    await withAgent(scratch, [locked, rsa], tried, 'open sesame')
    expect(prompt).not.toHaveBeenCalled()
  })

  it('by the usual keys of the home where nothing else is said', async () => {
    const home = join(scratch.folder, 'home')
    mkdirSync(join(home, '.ssh'), { recursive: true })
    const usual = scratch.key(join('home', '.ssh', 'id_ecdsa'), 'ecdsa')
    const one = await scratch.serve({ authorized: [usual] })
    const bare = target(one, { identity: undefined })
    await expect(login(bare, { env: { HOME: home } })).resolves.toBeDefined()
  })

  it('case 2: a wrong key is refused after one attempt, with what was tried and what the server takes', async () => {
    const config = ['PasswordAuthentication no', 'KbdInteractiveAuthentication no']
    const strict = await scratch.serve({ authorized: [identity()], config })
    const wrong = scratch.key('wrong')
    const prompt = vi.fn(noTerminal)
    const failure = await refusal(target(strict, { identity: wrong }), { prompt })
    expect(failure).toMatchObject({ host: 'zk1', exit: 4, step: `log in to ${user}@127.0.0.1:${strict.port}` })
    expect(failure.got).toContain(fingerprintOf(scratch.publicOf(wrong)))
    expect(failure.got).toContain('the server takes publickey')
    expect(failure.hint).toContain('ssh-copy-id')
    expect(strict.log().match(/Failed publickey/g)).toHaveLength(1)
    expect(prompt).not.toHaveBeenCalled()
  })

  it('case 2: a key file that is not there is told', async () => {
    const failure = await refusal(target(server(), { identity: join(scratch.folder, 'gone') }))
    expect(failure).toMatchObject({ exit: 4, got: expect.stringContaining('cannot be read') as string })
  })

  const shadowed = isRoot && canMount()
  const password = `by password${shadowed ? '' : ' (skipped: a scratch /etc/shadow needs root and mount namespaces)'}`
  describe.skipIf(!shadowed)(password, () => {
    const hash = () => execFileSync('openssl', ['passwd', '-6', 'let me in'], { encoding: 'utf8' }).trim()
    const shadow = () => ({ '/etc/shadow': scratch.write('shadow', `${user}:${hash()}:19000:0:99999:7:::\n`) })
    const serve = () => scratch.serve({ instead: shadow(), config: ['PasswordAuthentication yes'] })
    it('works, from the environment, given, or asked once a run', async () => {
      const one = await serve()
      const bare = target(one, { identity: undefined })
      await login(bare, { env: { HOME: '/nonexistent', DMAN_SSH_PASSWORD: 'let me in' } })
      await login({ ...bare, password: new Secret('let me in') })
      const prompt = vi.fn(() => Promise.resolve(new Secret('let me in')))
      const memory = newMemory()
      await Promise.all([1, 2, 3].map(() => login(bare, { prompt, memory })))
      expect(prompt).toHaveBeenCalledTimes(1)
    })
    const withPam = existsSync('/etc/pam.d/sshd')
    const pam = `works where PAM asks for it, alone or after a key${withPam ? '' : ' (skipped: sshd has no PAM here)'}`
    it.skipIf(!withPam)(pam, async () => {
      const rules =
        'auth required pam_unix.so nodelay\naccount required pam_permit.so\nsession required pam_permit.so\n'
      const instead = { ...shadow(), '/etc/pam.d/sshd': scratch.write('pam', rules) }
      const asks = ['UsePAM yes', 'PasswordAuthentication no', 'KbdInteractiveAuthentication yes']
      const both = [...asks, 'AuthenticationMethods publickey,keyboard-interactive']
      for (const config of [asks, both]) {
        const one = await scratch.serve({ instead, config, authorized: config === both ? [identity()] : [] })
        const prompt = vi.fn(() => Promise.resolve(new Secret('let me in')))
        expect(await ran(await login(target(one), { prompt }), 'echo in')).toMatchObject({ out: 'in\n' })
        expect(prompt).toHaveBeenCalledTimes(1)
        const failure = await refusal(target(one), { env: { DMAN_SSH_PASSWORD: 'wrong secret' } })
        expect(failure.got).toMatch(/tried publickey .*, keyboard-interactive/)
        await vi.waitFor(() => expect(one.log()).toContain('Failed keyboard-interactive'))
        expect(one.log().match(/Failed keyboard-interactive/g)).toHaveLength(1)
      }
    })
    it('case 2: is sent once only where it is wrong, and never shown', async () => {
      const one = await serve()
      const failure = await refusal(target(one), { env: { DMAN_SSH_PASSWORD: 'wrong secret' } })
      expect(failure).toMatchObject({
        exit: 4,
        got: expect.stringMatching(/tried publickey .*, password;/) as string,
      })
      expect(JSON.stringify(failure) + failure.message).not.toContain('wrong secret')
      await vi.waitFor(() => expect(one.log()).toContain('Failed password'))
      expect(one.log().match(/Failed password/g)).toHaveLength(1)
    })
  })
})
