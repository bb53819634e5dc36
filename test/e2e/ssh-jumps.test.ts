import { execFileSync } from 'node:child_process'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it, vi } from 'vitest'
import { Secret } from '../../src/model/secret.ts'
import { newMemory } from '../../src/ssh/asking.ts'
import { newJumps } from '../../src/ssh/jumps.ts'
import { fingerprintOf, hasSshd, kit, lineOf, ran, soon, title, zeros } from './ssh-kit.ts'
import { freePort, type Server, user } from './ssh-servers.ts'

const { scratch, known, login, refusal, target, server, identity } = kit()
const accepted = (one: Server) => one.log().match(/Accepted publickey/g)?.length ?? 0

describe.skipIf(!hasSshd)(title('jump hosts'), () => {
  it('are gone through one after the other, the key of each verified', async () => {
    const [first, second, last] = await Promise.all(
      ['127.0.73.1', '127.0.73.2', '127.0.73.3'].map((address) => scratch.serve({ address, authorized: [identity()] })),
    )
    if (first === undefined || second === undefined || last === undefined) throw new Error('no servers')
    const jump = [first, second].map((one) => `${user}@${one.address}:${one.port}`)
    const lines = [first, second, last].map(lineOf)
    const through = await login(target(last, { jump, knownHosts: known(lines.join('')) }))
    expect(await ran(through, 'echo $SSH_CONNECTION')).toMatchObject({
      out: expect.stringMatching(/^127\.0\./) as string,
    })
    const channel = await through.exec('wc -c', soon())
    await pipeline(Readable.from(zeros(20 << 20)), channel.stdin)
    expect((await text(channel.stdout)).trim()).toBe(String(20 << 20))

    for (const [index, one] of [first, second, last].entries()) {
      const knownHosts = known(lines.filter((_, other) => other !== index).join(''))
      const failure = await refusal(target(last, { jump, knownHosts }))
      expect(failure).toMatchObject({ host: 'zk1', exit: 4 })
      expect(failure.step).toBe(`connect to ${index < 2 ? 'jump host ' : ''}${one.address}:${one.port}`)
      expect(failure.got).toContain(fingerprintOf(one.keys[0] ?? ''))
    }
    const port = await freePort()
    const failure = await refusal({ ...target(last, { jump, knownHosts: known(lines.join('')) }), port })
    expect(failure).toMatchObject({ exit: 4, got: 'the jump host says: Connection refused' })
  })

  it('that are lost take the connection through them along', async () => {
    const jump = await scratch.serve({ address: '127.0.73.4', authorized: [identity()] })
    const knownHosts = known(lineOf(server()) + lineOf(jump))
    const through = await login(target(server(), { jump: [`${jump.address}:${jump.port}`], knownHosts }))
    const channel = await through.exec('sleep 60', soon())
    // but for root's own login, sshd's process for it has a child that holds the connection
    const below = `all=$(ps -o pid= --ppid ${jump.pid}); kill -9 $all $(ps -o pid= --ppid "$(echo $all | tr ' ' ,)")`
    execFileSync('sh', ['-c', below])
    expect(await channel.outcome).toMatchObject({ is: 'unknown', why: { exit: 4 } })
  })
})

describe.skipIf(!hasSshd)(title('a jump host of several hosts'), () => {
  const behind = async (jump: Server, count: number) => {
    const servers = await Promise.all(Array.from({ length: count }, () => scratch.serve({ authorized: [identity()] })))
    const knownHosts = known([jump, ...servers].map(lineOf).join(''))
    const hop = { jump: [`${user}@${jump.address}:${jump.port}`], knownHosts }
    return servers.map((one, index) => ({ ...target(one, hop), host: `zk${index + 1}` }))
  }

  it('is logged in to once, and its connection ends with the last of them', async () => {
    const jump = await scratch.serve({ authorized: [identity()], config: ['MaxSessions 1'] })
    const targets = await behind(jump, 4)
    const jumps = newJumps()
    const all = await Promise.all(targets.map((one) => login(one, { jumps })))
    expect(await Promise.all(all.map(async (one) => (await ran(one, 'echo here')).out))).toEqual(
      all.map(() => 'here\n'),
    )
    expect(accepted(jump)).toBe(1)
    for (const one of all.slice(0, 3)) one.close()
    expect(await ran(all[3]!, 'echo here')).toMatchObject({ out: 'here\n' })
    expect(jump.log()).not.toContain('Disconnected')
    all[3]!.close()
    await vi.waitFor(() => expect(jump.log()).toMatch(/Disconnected|Connection closed|disconnected by user/))
    await login(targets[0]!, { jumps })
    expect(accepted(jump)).toBe(2)
  })

  it('leads also to an sshd that turns logins away when many come at once', async () => {
    const jump = await scratch.serve({ authorized: [identity()] })
    const busy = await scratch.serve({ authorized: [identity()], config: ['MaxStartups 1:100:1'] })
    const knownHosts = known(lineOf(jump) + lineOf(busy))
    const to = target(busy, { jump: [`${jump.address}:${jump.port}`], knownHosts })
    const jumps = newJumps()
    expect(await Promise.all(Array.from({ length: 6 }, () => login(to, { jumps })))).toHaveLength(6)
    expect(busy.log()).toMatch(/MaxStartups|drop connection/)
    expect(accepted(jump)).toBe(1)
  })

  it('case 2: that refuses the login is asked once, and every host is told of it', async () => {
    const jump = await scratch.serve({ authorized: [] })
    const jumps = newJumps()
    const failures = await Promise.all((await behind(jump, 3)).map((one) => refusal(one, { jumps })))
    expect(failures.map(({ host, exit, step }) => [host, exit, step])).toEqual(
      ['zk1', 'zk2', 'zk3'].map((host) => [host, 4, `log in to jump host ${user}@127.0.0.1:${jump.port}`]),
    )
    expect(jump.log().match(/Failed publickey/g)).toHaveLength(1)
  })

  it('asks for one passphrase, and nobody’s time runs out meanwhile', async () => {
    const locked = scratch.key('locked_jump', 'ed25519', 'open sesame')
    const jump = await scratch.serve({ authorized: [locked] })
    const prompt = vi.fn(async () => {
      await new Promise((resolve) => setTimeout(resolve, 900))
      return new Secret('open sesame')
    })
    const open = await scratch.serve({ authorized: [locked] })
    const knownHosts = known(lineOf(jump) + lineOf(open))
    const to = target(open, { jump: [`${jump.address}:${jump.port}`], knownHosts, identity: locked })
    const all = { jumps: newJumps(), memory: newMemory(), prompt }
    const ends = ['zk1', 'zk2', 'zk3'].map((host) => login({ ...to, host }, { ...all, deadline: soon(500) }))
    expect(await Promise.all(ends)).toHaveLength(3)
    expect(prompt).toHaveBeenCalledTimes(1)
  })

  it('carries what an sshd that forbids forwarding keeps from going through it', async () => {
    const jump = await scratch.serve({ authorized: [identity()] })
    const strict = await scratch.serve({ authorized: [identity()], config: ['AllowTcpForwarding no'] })
    const through = await login(
      target(strict, { jump: [`${jump.address}:${jump.port}`], knownHosts: known(lineOf(jump) + lineOf(strict)) }),
    )
    for (const connection of [through, await login(target(strict))]) {
      await expect(connection.forward(jump.address, jump.port, soon())).rejects.toMatchObject({ reason: 'prohibited' })
      const stream = await connection.goBeside(jump.address, jump.port, soon())
      expect(String(await new Promise((resolve) => stream.once('data', resolve)))).toContain('SSH-2.0')
      stream.destroy()
      await expect(connection.goBeside('127.0.0.1', await freePort(), soon())).rejects.toMatchObject({
        exit: 4,
        hint: expect.stringContaining('forwarding') as string,
      })
    }
  })
})
