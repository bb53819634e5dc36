import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it, vi } from 'vitest'
import { hasSshd, kit, ran, soon, title, zeros } from './ssh-kit.ts'
import { freePort } from './ssh-servers.ts'

const { scratch, login, target, server, identity } = kit()

describe.skipIf(!hasSshd)(title('commands'), () => {
  it('tell output, exit status and signal', async () => {
    const connection = await login(target(server()))
    expect(await ran(connection, 'echo out; exit 7')).toEqual({ out: 'out\n', outcome: { is: 'exited', code: 7 } })
    expect(await ran(connection, 'kill -9 $$')).toMatchObject({ outcome: { is: 'signalled', signal: 'SIGKILL' } })
    const channel = await connection.exec('echo err >&2', soon())
    expect(await text(channel.stderr)).toBe('err\n')
  })

  it('end although nobody reads what they say', async () => {
    const connection = await login(target(server()))
    const channel = await connection.exec('head -c 900000 /dev/zero; head -c 3000000 /dev/zero >&2; exit 5', soon())
    expect(await channel.outcome).toEqual({ is: 'exited', code: 5 })
  })

  it('end although nobody takes what is sent to them, and nothing is thrown', async () => {
    const connection = await login(target(server()))
    const few = await connection.exec('head -c 10', soon())
    const sending = pipeline(Readable.from(zeros(8 << 20)), few.stdin).catch((error: unknown) => error)
    expect(await text(few.stdout)).toBe('\0'.repeat(10))
    expect(await few.outcome).toEqual({ is: 'exited', code: 0 })
    await sending
    const none = await connection.exec('exec true', soon())
    none.stdin.write('x')
    expect(await none.outcome).toEqual({ is: 'exited', code: 0 })
    none.stdin.write('too late')
    none.stdin.end()
    expect(await ran(connection, 'echo on')).toMatchObject({ out: 'on\n' })
  })

  it('wait for each other where the server allows few sessions; none of it needs sftp', async () => {
    for (const sessions of [1, 2, 10]) {
      const config = [`MaxSessions ${sessions}`, 'Subsystem sftp /bin/false']
      const connection = await login(target(await scratch.serve({ authorized: [identity()], config })))
      const all = await Promise.all(Array.from({ length: 8 }, (_, index) => ran(connection, `echo ${index}`)))
      expect(all.map(({ out }) => out)).toEqual(all.map((_, index) => `${index}\n`))
    }
  })

  it('go on where one that was let go still runs on the host', async () => {
    const narrow = await scratch.serve({ authorized: [identity()], config: ['MaxSessions 1'] })
    const connection = await login(target(narrow))
    const first = await connection.exec('exec sleep 1', soon())
    first.close()
    expect(await first.outcome).toMatchObject({ is: 'unknown' })
    expect(await ran(connection, 'echo on')).toMatchObject({ out: 'on\n' })
  })

  it('are told where the host opens no session', async () => {
    const none = await scratch.serve({ authorized: [identity()], config: ['MaxSessions 0'] })
    const connection = await login(target(none))
    await expect(connection.exec('true', soon())).rejects.toMatchObject({ exit: 4, got: 'the host opens no session' })
  })

  it('run many at once over one connection', async () => {
    const connection = await login(target(server()))
    const all = await Promise.all(Array.from({ length: 30 }, (_, index) => ran(connection, `exit ${index}`)))
    expect(all.map(({ outcome }) => outcome)).toEqual(all.map((_, code) => ({ is: 'exited', code })))
  })

  it('end at their deadline with an unknown outcome, the connection lives on', async () => {
    const connection = await login(target(server()))
    const began = performance.now()
    const channel = await connection.exec('exec sleep 5', soon(300))
    expect(await channel.outcome).toMatchObject({
      is: 'unknown',
      why: { host: 'zk1', got: expect.stringMatching(/timed out/) as string },
    })
    expect(performance.now() - began).toBeLessThan(3000)
    expect(await ran(connection, 'echo on')).toMatchObject({ out: 'on\n' })
  })

  it('case 6: have an unknown outcome when the connection is lost, and so has every later call', async () => {
    const connection = await login(target(server()))
    const { out: session } = await ran(connection, 'echo $PPID')
    const channel = await connection.exec('echo begun; exec sleep 5', soon())
    const [begun] = (await once(channel.stdout, 'data')) as [Buffer]
    expect(begun.toString()).toBe('begun\n')
    process.kill(Number(session), 'SIGKILL')
    expect(await channel.outcome).toMatchObject({ is: 'unknown', why: { host: 'zk1', exit: 4 } })
    await expect(connection.exec('true', soon())).rejects.toMatchObject({ host: 'zk1', exit: 4 })
    await expect(connection.forward('127.0.0.1', server().port, soon())).rejects.toMatchObject({ host: 'zk1', exit: 4 })
  })

  it('case 6: have an unknown outcome when the host goes silent, told within 20 seconds', async () => {
    const connection = await login(target(server()))
    const { out: session } = await ran(connection, 'echo $PPID')
    const channel = await connection.exec('exec sleep 60', soon(60_000))
    const began = performance.now()
    process.kill(Number(session), 'SIGSTOP')
    try {
      expect(await channel.outcome).toMatchObject({
        is: 'unknown',
        why: { got: expect.stringMatching(/does not answer/) as string, exit: 4 },
      })
      expect(performance.now() - began).toBeLessThan(21_000)
    } finally {
      process.kill(Number(session), 'SIGKILL')
    }
  })

  it('take 200 MB through stdin, whole and fast', async () => {
    const connection = await login(target(server()))
    const size = 200 << 20
    const hash = createHash('sha256')
    for (const chunk of zeros(size)) hash.update(chunk)
    const began = performance.now()
    const channel = await connection.exec('sha256sum', soon(60_000))
    await pipeline(Readable.from(zeros(size)), channel.stdin)
    const sum = (await text(channel.stdout)).slice(0, 64)
    const rate = size / 1e6 / ((performance.now() - began) / 1000)
    expect(sum).toBe(hash.digest('hex'))
    // a wide margin: what is to be seen is that no window stands still
    expect(rate).toBeGreaterThan(20)
  })
})

describe.skipIf(!hasSshd)(title('forwarding'), () => {
  it('carries bytes to a port that is reached from the host', async () => {
    const echo = createServer((socket) => void socket.pipe(socket)).listen(0, '127.0.0.1')
    await once(echo, 'listening')
    const { port } = echo.address() as { port: number }
    const connection = await login(target(server()))
    const stream = await connection.forward('127.0.0.1', port, soon())
    const bytes = Buffer.alloc(5 << 20, 'echo')
    stream.end(bytes)
    expect(await text(stream)).toBe(bytes.toString())
    echo.close()
  })

  it('tells a closed port', async () => {
    const connection = await login(target(server()))
    const port = await freePort()
    await expect(connection.forward('127.0.0.1', port, soon())).rejects.toMatchObject({
      name: 'ForwardRefused',
      reason: 'refused',
      host: 'zk1',
    })
  })

  it('tells that sshd prohibits it', async () => {
    for (const config of ['AllowTcpForwarding no', 'PermitOpen 127.0.0.1:1']) {
      const strict = await scratch.serve({ authorized: [identity()], config: [config] })
      const connection = await login(target(strict))
      await expect(connection.forward('127.0.0.1', strict.port, soon())).rejects.toMatchObject({
        reason: 'prohibited',
      })
      expect(await ran(connection, 'echo on')).toMatchObject({ out: 'on\n' })
    }
  })

  it('ends with its connection', async () => {
    const connection = await login(target(server()))
    const stream = await connection.forward('127.0.0.1', server().port, soon())
    await once(stream, 'data')
    connection.close()
    await vi.waitFor(() => expect(stream.destroyed).toBe(true))
  })
})

it.skipIf(!hasSshd)('leaves nothing behind that keeps a program alive', async () => {
  const { build } = await import('esbuild')
  const program = join(scratch.folder, 'program.mjs')
  const to = JSON.stringify(target(server()))
  const source = [
    `import { connect } from './src/ssh/connect.ts'`,
    `const connection = await connect(${to}, { acceptNew: false, prompt: () => Promise.reject(new Error('none')), deadline: AbortSignal.timeout(600000), env: {} })`,
    `await connection.exec('exec sleep 5', AbortSignal.timeout(600000))`,
    `connection.close()`,
    `console.log('closed')`,
  ].join('\n')
  await build({
    stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' },
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['*.node', 'cpu-features'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); const __dirname = '/';",
    },
  })
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  const closed = performance.now()
  expect(said.toString()).toBe('closed\n')
  const [code] = (await once(child, 'exit')) as [number]
  expect(code).toBe(0)
  expect(performance.now() - closed).toBeLessThan(1500)
})
