import { randomBytes } from 'node:crypto'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Failure } from '../model/failure.ts'
import type { Channel, Outcome } from '../ssh/connection.ts'
import { markOf } from './frame.ts'
import { type Link, told } from './link.ts'
import { lockLost, unfinished } from './outcome.ts'
import { plainPath } from './quote.ts'
import type { Token } from './token.ts'

interface Sending {
  readonly bytes: Readable
  readonly staged: string
  readonly size: number
  readonly progress: ((sent: number) => void) | undefined
}

/**
 * The upload's command: no value in it needs quoting, and nothing in it means anything to csh or fish inside '…'. It registers
 * itself, looks whether the lock is ours, and writes a new file: one that a dead run's upload still writes is not touched.
 * What did not come whole is removed at once.
 */
export function sendCommand(
  home: string,
  token: string,
  { staged, size }: Pick<Sending, 'staged' | 'size'>,
  nonce: string,
) {
  if (!/^[0-9a-f]+$/.test(token) || plainPath(staged).includes('/') || !Number.isSafeInteger(size) || size < 0)
    throw new Error(`cannot send ${staged}`)
  const script = [
    'unset -f cat cd echo mkdir read rm wc; umask 077; LC_ALL=C; export LC_ALL; PATH=/usr/bin:/bin:$PATH',
    `cd "$HOME/${plainPath(home)}" && [ -d run/lock/${token} ] || exit 86`,
    'read -r s </proc/$$/stat; set -- ${s##*) }',
    `r=run/changing.send.$$.\${20}.${token}`,
    `echo ${staged} >$r || exit 1`,
    'trap "" HUP PIPE; trap "rm -f $r" EXIT',
    `[ -d run/lock/${token} ] || exit 86`,
    `mkdir -p tmp && rm -f tmp/${staged} && cat >tmp/${staged}`,
    `n=$(wc -c <tmp/${staged}); echo`,
    `[ "$n" -eq ${size} ] || { rm -f tmp/${staged}; echo "${markOf(nonce)} short $n"; exit 1; }`,
    `echo "${markOf(nonce)} kept $n"`,
  ]
  return `/bin/sh -c '${script.join('; ')}'`
}

/** Uploads `size` bytes as ~/<home>/tmp/<staged>. Resolves once the host has counted them; the link's timeout bounds each standstill. */
export const send = (link: Link, token: Token, sending: Sending): Promise<void> =>
  told(link, { script: 'send', changes: true }, async () => {
    const nonce = randomBytes(12).toString('hex')
    const command = sendCommand(link.home, token.text, sending, nonce)
    const channel = await link.connection.exec(command, AbortSignal.timeout(link.timeout ?? 60_000))
    try {
      await carry(channel, sending, { nonce, patience: link.timeout ?? 60_000 })
    } finally {
      sending.bytes.destroy()
      channel.close()
    }
  })

async function carry(
  channel: Channel,
  { bytes, size, progress }: Sending,
  { nonce, patience }: { nonce: string; patience: number },
): Promise<void> {
  let said = ''
  let words = ''
  channel.stdout.on('data', (chunk: Buffer) => (said = (said + chunk.toString('latin1')).slice(-4096)))
  channel.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString('utf8')).slice(-2000)))
  // A host that refuses ends before it has read all: its outcome tells why, the broken pipe does not.
  const ended = new AbortController()
  const outcome = channel.outcome.finally(() => ended.abort())
  const standstill = stopwatch(patience)
  const broke = await pipeline(bytes, counted(standstill, progress), channel.stdin, {
    signal: AbortSignal.any([ended.signal, standstill.over]),
  }).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (broke !== undefined && !ended.signal.aborted) channel.close()
  const unread = ended.signal.aborted ? null : bytes.errored
  if (unread !== null && !standstill.over.aborted)
    throw new Failure({ step: 'send', got: `cannot read the archive: ${unread.message}`, hint: 'run it again' })
  const how = await Promise.race([outcome, standstill.passed])
  standstill.stop()
  if (how === undefined) throw unfinished('send', `nothing moved for ${Math.round(patience / 1000)} s`)
  verdict(how, `\n${said}`, words.trim(), { nonce, size })
}

const counted = (standstill: { again(): void }, progress: Sending['progress']): Transform => {
  let sent = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length
      standstill.again()
      progress?.(sent)
      done(null, chunk)
    },
  })
}

/** Runs over when nothing happened for `ms`. */
function stopwatch(ms: number) {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), ms)
  const passed = new Promise<undefined>((resolve) => over.signal.addEventListener('abort', () => resolve(undefined)))
  return { over: over.signal, passed, again: () => void timer.refresh(), stop: () => clearTimeout(timer) }
}

function verdict(
  outcome: Outcome,
  said: string,
  words: string,
  { nonce, size }: { nonce: string; size: number },
): void {
  if (said.includes(`\n${markOf(nonce)} kept ${size}\n`)) return
  if (outcome.is === 'unknown') throw unfinished('send', outcome.why.got, outcome.why)
  if (outcome.is === 'signalled') throw unfinished('send', `the upload was ended by ${outcome.signal}`)
  if (outcome.code > 128) throw unfinished('send', words || `the upload ended with ${outcome.code}`)
  if (outcome.code === 86) throw lockLost('send')
  const short = new RegExp(`\n${markOf(nonce)} short +(\\d+)`).exec(said)
  throw new Failure({
    step: 'send',
    got:
      short === null
        ? words || `the upload ended with ${outcome.code}`
        : `${short[1]} of ${size} bytes arrived. ${words}`,
    hint: 'is the disk full? df and df -i tell; run it again',
  })
}
