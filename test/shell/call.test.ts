import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compose } from '../../src/remote/compose.ts'
import type { Changes, Reads, Streams } from '../../src/remote/remote.ts'
import { failing } from './failing.ts'
import { found, kinds, lives, type LocalHost, localHost } from './local-host.ts'

const echo: Reads<string, string | undefined> = {
  name: 'echo',
  does: 'repeat a value',
  changes: false,
  text: 'say value "$value"',
  variables: (value) => ({ value }),
  result: (records) => records[0]?.[1],
}
const reads = (text: string): Reads<undefined, number> => ({
  name: 'try',
  does: 'try it',
  changes: false,
  text,
  variables: () => ({}),
  result: (records) => records.length,
})
const changes = (text: string): Changes<undefined, number> => ({ ...reads(text), changes: true })
const flows = (text: string): Streams<undefined> => ({
  name: 'flow',
  does: 'send bytes',
  changes: false,
  answers: 'stream',
  text,
  variables: () => ({}),
})
describe.each(kinds)('calls ($name)', (kind) => {
  let host: LocalHost
  beforeEach(() => {
    host = localHost(kind)
  })
  afterEach(() => host.remove())

  it.each([
    `'; touch ~/harm; '`,
    '$(touch ~/harm)',
    '`touch ~/harm`',
    '"; touch ~/harm; "',
    "'\ntouch ~/harm\n'",
    '}\ntouch ~/harm\n{',
    '-n --help',
    '-e \\c \\0101 %s %d',
    "it's\\",
    '',
    '\n\n',
    '~ * ? [a] !! ü \u0001\u007f',
  ])('carries %j as it is, and runs nothing of it', async (value) => {
    expect(await host.remote.ask(echo, value)).toBe(value)
    expect(existsSync(path.join(host.home, 'harm'))).toBe(false)
  })

  it('carries any text', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((value) => !value.includes('\0'))
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        expect(await host.remote.ask(echo, value)).toBe(value)
      }),
      { numRuns: 25 },
    )
  })

  it('carries a large value', async () => {
    const value = `${'0123456789abcde\n'.repeat(20_000)}'`
    expect(await host.remote.ask(echo, value)).toBe(value)
  })

  it('case 10: does not mind a login that prints', async () => {
    host.banner = 'printf "Welcome\\n@ begin\\n no newline"; echo oops >&2; '
    expect(await host.remote.ask(echo, 'x')).toBe('x')
    expect(await failing(host.remote.ask(reads('failed "these words"'), undefined))).toMatchObject({
      got: 'these words',
    })
  })

  it('does not mind functions that the login hands down', async () => {
    host.banner =
      '[ -z "${BASH_VERSION-}" ] || for f in cat cd echo rm mkdir mv printf date; do eval "$f() { echo harm; }"; export -f $f 2>/dev/null; done; '
    const { locked } = await host.lock()
    expect(await locked.change(changes('work; say x'), undefined)).toBe(1)
    await locked.send(Readable.from([Buffer.from('12345')]), 'x.tar.gz', 5)
    expect(host.run('ls dman dman/tmp')).toBe('dman:\nrun\ntmp\n\ndman/tmp:\nx.tar.gz\n')
  })

  it.each([
    ['failed "it went wrong" "do this"', { exit: 1, got: 'it went wrong', hint: 'do this' }],
    ['refused "data at risk"', { exit: 5, got: 'data at risk' }],
    ['lost', { exit: 6 }],
    ['false; exit', { exit: 1, got: 'the script ended with 1' }],
    ['set -u; echo "$no_such_variable"', { exit: 1 }],
    ['kill -KILL $$', { exit: 4, got: expect.stringContaining('unknown what the call did') as string }],
  ])('tells the end of `%s`', async (text, failure) => {
    expect(await failing(host.remote.ask(reads(text), undefined))).toMatchObject({
      host: 'zk1',
      step: 'try it',
      ...failure,
    })
  })

  it('case 6: calls the outcome unknown where the deadline passes', async () => {
    const failure = await failing(host.remote.ask(reads('sleep 5'), undefined, AbortSignal.timeout(200)))
    expect(failure).toMatchObject({ exit: 4, got: 'no answer in time; it is unknown what the call did' })
    expect(host.events).toMatchObject([{ is: 'call', outcome: 'unknown' }])
  })

  it('tells a login that runs no script of ours', async () => {
    host.banner = 'echo "This account is not available."; exit 1; '
    const failure = await failing(host.remote.ask(echo, 'x'))
    expect(failure).toMatchObject({ exit: 4, got: expect.stringContaining('This account is not available.') as string })
  })

  it('case 5: runs nothing of a script that did not come whole', async () => {
    const setting = { script: 'x', nonce: 'abc', home: 'dman', kind: 'reads', token: '' } as const
    const text = compose('touch ~/harm', {}, setting)
    const sizes = [0.3, 0.6, 0.9, 0.99].map((part) => Math.floor(text.length * part))
    for (const size of [...sizes, text.length - 2, text.length - 8]) {
      const channel = await host.connection.exec('/bin/sh -s', AbortSignal.timeout(5000))
      channel.stdout.resume()
      channel.stderr.resume()
      channel.stdin.end(text.slice(0, size))
      await channel.outcome
      expect(existsSync(path.join(host.home, 'harm'))).toBe(false)
    }
  })

  it('case 41: changes nothing once the lock is another’s', async () => {
    const { locked } = await host.lock('aaaaaaaaaaaaaaaa')
    expect(await locked.change(changes('touch ok; ls run/changing.try.* >/dev/null && say ok'), undefined)).toBe(1)
    host.run('mv dman/run/lock/aaaaaaaaaaaaaaaa dman/run/lock/bbbbbbbbbbbbbbbb')
    expect(await failing(locked.change(changes('touch harm'), undefined))).toMatchObject({ exit: 6 })
    const upload = locked.send(Readable.from([Buffer.alloc(10)]), 'x.tar.gz', 10)
    expect(await failing(upload)).toMatchObject({ exit: 6, host: 'zk1' })
    host.run('rm -r dman/run')
    expect(await failing(locked.change(changes('touch harm'), undefined))).toMatchObject({ exit: 6 })
    expect(await failing(locked.send(Readable.from([Buffer.alloc(10)]), 'x.tar.gz', 10))).toMatchObject({ exit: 6 })
    host.run('rm -r dman')
    expect(await failing(locked.change(changes('touch harm'), undefined))).toMatchObject({ exit: 6 })
    expect(existsSync(host.dman)).toBe(false)
  })

  it('leaves no registration behind, however a script ends', async () => {
    const { locked } = await host.lock()
    await locked.change(changes('work; : >"$work/x"'), undefined)
    await failing(locked.change(changes('work; failed no'), undefined))
    await failing(locked.change(changes('kill -TERM $$; sleep 1'), undefined))
    expect(host.run('ls dman/run dman/tmp')).toBe('dman/run:\nlock\n\ndman/tmp:\n')
  })

  it('a changing script goes on to its end when its operator is gone', async () => {
    const { locked } = await host.lock()
    const text = 'say x; out; sleep 0.3; kill -HUP $$; out; printf x >&3; touch done'
    await failing(locked.change(changes(text), undefined, AbortSignal.timeout(100)))
    await expect.poll(() => existsSync(path.join(host.dman, 'done')), { timeout: 3000 }).toBe(true)
  })

  it('uploads bytes as they are', async () => {
    const { locked } = await host.lock()
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7) % 256))
    const seen: number[] = []
    await locked.send(
      Readable.from([bytes.subarray(0, 150_000), bytes.subarray(150_000)]),
      'java.tar.gz',
      bytes.length,
      (sent) => seen.push(sent),
    )
    expect(seen).toEqual([150_000, 300_000])
    expect(readFileSync(path.join(host.dman, 'tmp/java.tar.gz')).equals(bytes)).toBe(true)
    expect(host.run('stat -c %a dman/tmp dman/tmp/java.tar.gz; ls dman/run')).toBe('700\n600\nlock\n')
    expect(host.events.at(-1)).toMatchObject({ is: 'call', script: 'send', changes: true, outcome: 'done' })
  })

  it('case 5: an upload that comes short is told and leaves nothing', async () => {
    const { locked } = await host.lock()
    expect(await failing(locked.send(Readable.from([Buffer.alloc(10)]), 'x.tar.gz', 20))).toMatchObject({
      exit: 1,
      got: expect.stringContaining('10 of 20 bytes arrived') as string,
    })
    const broken = Readable.from(
      (function* () {
        yield Buffer.alloc(10)
        throw new Error('disk on fire')
      })(),
    )
    expect(await failing(locked.send(broken, 'x.tar.gz', 20))).toMatchObject({
      got: expect.stringContaining('disk on fire') as string,
    })
    await expect.poll(() => host.run('ls dman/tmp dman/run'), { timeout: 3000 }).toBe('dman/run:\nlock\n\ndman/tmp:\n')
  })

  it('opens a stream, and its end is the script’s', async () => {
    const stream = await host.remote.open(
      flows("stream sh -c \"printf 'a\\n@x end 0\\nb'; printf '\\377c'\""),
      undefined,
    )
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString('latin1')).toBe('a\n@x end 0\nb\xffc')
  })

  it('a stream whose script ended long before it was read comes whole', async () => {
    for (const size of [10_000, 30_000, 100_000]) {
      const stream = await host.remote.open(
        flows(`stream awk 'BEGIN { while (n++ < ${size / 10}) print "123456789" }'`),
        undefined,
      )
      let length = 0
      for await (const chunk of stream) {
        length += (chunk as Buffer).length
        await new Promise((resolve) => setTimeout(resolve, 30))
      }
      expect(length).toBe(size)
    }
  })

  it('a stream whose command failed at once is never taken for a whole one', async () => {
    const failed = async () => {
      const stream = await host.remote.open(flows('stream false'), undefined)
      await expect(stream.toArray()).rejects.toThrow()
    }
    // in bash one in twenty-five was, while what watched its stdin ended by TERM
    for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 10 }, failed))
  })

  it('ending a stream early ends the script there', async () => {
    const stream = await host.remote.open(
      flows('echo $$ >~/pid; trap "rm -f ~/pid; exit 143" EXIT; stream sleep 600'),
      undefined,
    )
    stream.on('error', () => undefined)
    const pid = path.join(host.home, 'pid')
    await expect.poll(() => existsSync(pid) && readFileSync(pid, 'utf8'), { timeout: 3000 }).toMatch(/\d/)
    const script = readFileSync(pid, 'utf8').trim()
    stream.destroy()
    await expect.poll(() => lives(script), { timeout: 3000 }).toBe(false)
  })

  it('a stream that cannot begin or breaks off is an error', async () => {
    expect(await failing(host.remote.open(flows('failed "no such log"'), undefined).then(consumed))).toMatchObject({
      got: 'no such log',
    })
    const broken = host.remote.open(flows('printf some >&3; kill -KILL $$'), undefined).then(consumed)
    expect(await failing(broken)).toMatchObject({ exit: 4 })
  })
})

async function consumed(stream: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

const logins = ['tcsh', 'fish'].map((name) => ({ name, login: found(name) }))

describe.each(logins)('case 11: a login with $name', ({ name, login }) => {
  it('answers, and takes uploads, as any', async (context) => {
    context.skip(login === undefined, `${name} is not installed`)
    const host = localHost({ name: 'login', shell: 'dash', home: "a home's", umask: '022', login: login ?? '' })
    try {
      const { locked } = await host.lock()
      expect(await locked.ask(echo, "it's $(x) !! \\ \n")).toBe("it's $(x) !! \\ \n")
      await locked.send(Readable.from([Buffer.from('12345')]), 'x.tar.gz', 5)
      expect(host.run('cat dman/tmp/x.tar.gz')).toBe('12345')
    } finally {
      host.remove()
    }
  })
})
