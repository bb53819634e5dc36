import { describe, expect, it } from 'vitest'
import type { EventBody } from '../../../src/model/event.ts'
import { Failure } from '../../../src/model/failure.ts'
import { remoteOf } from '../../../src/remote/call.ts'
import { lockedOf } from '../../../src/remote/locked.ts'
import type { Reads } from '../../../src/remote/remote.ts'
import { tokenOf } from '../../../src/remote/token.ts'
import { fakeConnection, markIn, type Said } from './fake-connection.ts'

const echo: Reads<string, readonly string[]> = {
  name: 'echo',
  does: 'repeat a value',
  changes: false,
  text: 'say value "$value"',
  variables: (value) => ({ value }),
  result: (records) => records.map(([, value]) => value),
}

function remoteTo(host: (said: Said, mark: string) => void) {
  const events: EventBody[] = []
  const connection = fakeConnection((said) => host(said, markIn(said.stdin())))
  const remote = remoteOf(connection, { home: 'dman', emit: (event) => void events.push(event) })
  return { remote, events }
}
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: unknown) => error,
  )

describe('ask', () => {
  it('sends a constant command, everything else on stdin, and is answered by the frame alone', async () => {
    const { remote, events } = remoteTo(({ command, stdin, channel }, mark) => {
      expect(command).toBe('/bin/sh -s')
      expect(stdin()).toContain("value='$(x)'")
      for (const part of ['Welcome', `\n${mark} beg`, `in\n\n${mark} value\na\nb`, `\n${mark} end `, '0', '\nbye'])
        channel.stdout.write(part)
    })
    expect(await remote.ask(echo, '$(x)')).toEqual(['a\nb'])
    expect(events).toMatchObject([{ is: 'call', script: 'echo', changes: false, outcome: 'done', host: 'zk1' }])
  })

  it.each([
    [1, 1],
    [2, 1],
    [85, 5],
    [86, 6],
  ])('a script that ends with %i is a failure with exit %i, in its own words', async (status, exit) => {
    const { remote, events } = remoteTo(({ channel, end }, mark) => {
      channel.stdout.write(
        `\n${mark} begin\n\n${mark} words\nno room\n${mark} hint\nmake some\n${mark} end ${status}\n`,
      )
      end({ is: 'exited', code: status })
    })
    const script = { ...echo, does: (value: string) => `repeat ${value}` }
    expect(await failure(remote.ask(script, 'it'))).toMatchObject({
      host: 'zk1',
      step: 'repeat it',
      got: 'no room',
      hint: 'make some',
      exit,
    })
    expect(events).toMatchObject([{ outcome: 'failed' }])
  })

  it('where it says no words, those on stderr after its begin are told', async () => {
    const { remote } = remoteTo(({ channel, end }, mark) => {
      channel.stdout.write(`\n${mark} begin\n\n${mark} end 2\n`)
      channel.stderr.write(`csh: noise\n${mark} begin\nsh: x: not set\n`)
      setTimeout(() => end({ is: 'exited', code: 2 }), 5)
    })
    expect(await failure(remote.ask(echo, ''))).toMatchObject({ step: 'repeat a value', got: 'sh: x: not set' })
  })

  it.each([
    ['a lost connection', { is: 'unknown', why: new Failure({ step: 'ssh', got: 'reset', hint: '' }) }, 'reset'],
    ['a killed shell', { is: 'signalled', signal: 'KILL' }, 'ended by KILL'],
    ['an end without its mark', { is: 'exited', code: 0 }, 'ended with 0 amid its work'],
  ] as const)('case 6: %s leaves the outcome unknown', async (_, outcome, words) => {
    const { remote, events } = remoteTo(({ channel, end }, mark) => {
      channel.stdout.write(`\n${mark} begin\n\n${mark} value\nhalf`)
      end(outcome)
    })
    const got = expect.stringMatching(`${words}.*it is unknown what the call did`) as string
    expect(await failure(remote.ask(echo, ''))).toMatchObject({ exit: 4, got })
    expect(events).toMatchObject([{ outcome: 'unknown' }])
  })

  it('case 6: so does the deadline, and the channel is closed', async () => {
    let closed = () => false
    const { remote } = remoteTo(({ isClosed }) => void (closed = isClosed))
    expect(await failure(remote.ask(echo, '', AbortSignal.timeout(20)))).toMatchObject({
      exit: 4,
      got: /no answer in time/,
      hint: expect.stringContaining('--timeout') as string,
    })
    expect(closed()).toBe(true)
  })

  it('a host that sends without end is given up', async () => {
    const { remote } = remoteTo(({ channel }) => {
      for (let at = 0; at < 34; at++) channel.stdout.write(Buffer.alloc(1024 * 1024))
    })
    expect(await failure(remote.ask(echo, ''))).toMatchObject({
      exit: 4,
      got: expect.stringContaining('without end') as string,
    })
  })

  it('refuses NUL before anything is sent', async () => {
    let calls = 0
    const { remote } = remoteTo(() => {
      calls++
    })
    expect(await failure(remote.ask(echo, 'a\0'))).toBeInstanceOf(Failure)
    expect(calls).toBe(0)
  })
})

describe('lockedOf', () => {
  it('takes no token of another host', () => {
    const { remote } = remoteTo(() => undefined)
    expect(() => lockedOf(remote, tokenOf('zk2', 'ab'))).toThrow('does not open')
  })
})
