import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { remoteOf } from '../../../src/remote/call.ts'
import { linkOf } from '../../../src/remote/link.ts'
import { send, sendCommand } from '../../../src/remote/send.ts'
import { tokenOf } from '../../../src/remote/token.ts'
import { fakeConnection, type Said } from './fake-connection.ts'

const staged = { staged: 'java-0123456789ab.tar.gz', size: 10 }

describe('sendCommand', () => {
  it('case 11: has nothing that csh or fish reads otherwise than sh', () => {
    const command = sendCommand('apps/dman', 'ab12', staged, 'cd34')
    const [, inside] = /^\/bin\/sh -c '([^']*)'$/.exec(command) ?? []
    expect(inside).toBeDefined()
    expect(inside).not.toMatch(/[\\!\n]/)
    expect(inside).toContain('cd "$HOME/apps/dman"')
  })

  it.each([
    ['../dman', 'ab', 'x', 1],
    ['dman', 'a b', 'x', 1],
    ['dman', "'", 'x', 1],
    ['dman', 'ab', 'a/b', 1],
    ['dman', 'ab', '$(x)', 1],
    ['dman', 'ab', 'x', -1],
    ['dman', 'ab', 'x', Number.NaN],
  ])('refuses %j %j %j %j', (home, token, name, size) => {
    expect(() => sendCommand(home, token, { staged: name, size }, 'ab')).toThrow()
  })
})

describe('send', () => {
  const sending = (
    host: (said: Said, mark: string) => void,
    timeout = 5000,
    bytes = Readable.from([Buffer.alloc(10)]),
  ) => {
    const connection = fakeConnection((said) => host(said, /@[0-9a-f]{24}/.exec(said.command)?.[0] ?? ''))
    const link = linkOf(remoteOf(connection, { home: 'dman', timeout, emit: () => undefined }))
    return send(link, tokenOf('zk1', 'ab'), { ...staged, bytes, progress: undefined }).then(
      () => 'done',
      (error: unknown) => error,
    )
  }

  it('is done only when the host has counted every byte', async () => {
    expect(
      await sending(({ channel, end }, mark) => {
        channel.stdout.write(`noise\n${mark} kept 10\n`)
        setImmediate(() => end({ is: 'exited', code: 0 }))
      }),
    ).toBe('done')
    expect(await sending(({ end }) => end({ is: 'exited', code: 0 }))).toMatchObject({ exit: 1 })
  })

  it('tells a lost lock, a short upload and a lost connection apart', async () => {
    expect(await sending(({ end }) => end({ is: 'exited', code: 86 }))).toMatchObject({ exit: 6, host: 'zk1' })
    const short = sending(({ channel, end }, mark) => {
      channel.stdout.write(`\n${mark} short 4\n`)
      setImmediate(() => end({ is: 'exited', code: 1 }))
    })
    expect(await short).toMatchObject({ exit: 1, got: expect.stringContaining('4 of 10 bytes') as string })
    expect(await sending(({ end }) => end({ is: 'signalled', signal: 'KILL' }))).toMatchObject({ exit: 4 })
  })

  it('gives up where nothing moves', async () => {
    const stuck = new Readable({ read: () => undefined })
    expect(await sending(() => undefined, 30, stuck)).toMatchObject({ exit: 4, got: /nothing moved/ })
  })
})
