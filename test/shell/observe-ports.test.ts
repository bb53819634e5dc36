import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { observe } from '../../src/remote/observe.ts'
import { found, kinds, type LocalHost, localHost } from './local-host.ts'

describe.each(kinds)('who listens ($name)', (kind) => {
  let host: LocalHost
  beforeEach(() => {
    host = localHost(kind)
  })
  afterEach(() => host.remove())
  const facts = (ports: readonly number[] = []) => host.remote.ask(observe, { ports })

  it('case 15: sees who listens, whose it is only where visible', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const found = (await facts([port])).machine.listening.find((one) => one.port === port)
    expect(found).toMatchObject({ address: '127.0.0.1', ours: false })
    if (process.getuid?.() === 0) expect(found?.owner.is).toBe('unknown')
    else expect(found?.owner).toMatchObject({ is: 'present', value: { pid: process.pid } })
    await new Promise((resolve) => server.close(resolve))
  })

  /** This host's own, behind a fake one. */
  const program = (name: string) => (kind.onlyBusybox === true ? `${found('busybox')} ${name}` : found(name))

  /** A process of the user's that listens: its pid and port. */
  const listener = (args = ''): { pid: string; port: string } => {
    const socket = 'IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 0, Listen => 9)'
    const listen = `perl -MIO::Socket::INET -e '$| = 1; my $s = ${socket}; print $s->sockport, "\\n"; close STDOUT; sleep 60' -- ${args}`
    const [pid = '', port = ''] = host
      .run(
        `${listen} 2>/dev/null </dev/null >"$HOME/port" & echo $!; until [ -s "$HOME/port" ]; do :; done; cat "$HOME/port"`,
      )
      .split('\n')
    return { pid, port }
  }

  it('case 15: what listened and ended while it was looked for is no stranger', async () => {
    const { pid, port } = listener()
    // Between the look at the sockets and the one at whose they are.
    host.tool(
      'ls',
      `#!/bin/sh\ncase $* in */fd*) kill -9 ${pid}; while [ -e /proc/${pid}/cwd ]; do :; done ;; esac\nexec ${program('ls')} "$@"\n`,
    )
    expect((await facts([Number(port)])).machine.listening.filter((one) => String(one.port) === port)).toEqual([])
  })

  it('case 15: a server of ours that was started while the host was looked at is ours', async () => {
    await host.lock()
    const nonce = '0123456789abcdef'
    const { pid, port } = listener(`-Ddman.nonce=${nonce} -Djava.io.tmpdir=x`)
    const start = host.run(`sed 's/.*) //' /proc/${pid}/stat`).split(' ')[19]
    const server = `printf 'format: 1\\npid: ${pid}\\nstart: ${start}\\nnonce: ${nonce}\\nconf: conf-0123456789ab\\n' >"$HOME/dman/run/server"`
    // Between the look at the member and the one at the machine.
    host.tool('stat', `#!/bin/sh\ncase $* in *-f*) ${server} ;; esac\nexec ${program('stat')} "$@"\n`)
    const ours = (await facts([Number(port)])).machine.listening.filter((one) => String(one.port) === port)
    host.run(`kill ${pid}`)
    expect(ours).toMatchObject([{ owner: { value: { pid: Number(pid) } }, ours: true }])
  })

  it('asks whose the port is that its own member was given, too', async () => {
    await host.lock()
    const { pid, port } = listener()
    const lines = [
      [1, '7'],
      [3, port],
      [33, '8'],
    ].map(([id, client]) => `server.${id}=127.0.0.1:1:2:participant;127.0.0.1:${client}\\n`)
    host.run(`cd "$HOME/dman" && mkdir data && echo 3 >data/myid && printf '${lines.join('')}' >data/zoo.cfg.dynamic.5`)
    const owner = async () => (await facts()).machine.listening.find((one) => String(one.port) === port)?.owner
    expect(await owner()).toMatchObject({ is: 'unknown' })
    host.run('echo dynamicConfigFile=x/zoo.cfg.dynamic.5 >"$HOME/dman/data/zoo.cfg"')
    expect(await owner()).toMatchObject({ is: 'present', value: { pid: Number(pid), command: 'perl' } })
    host.run(`kill ${pid}`)
  })
})
