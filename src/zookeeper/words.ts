import type { Duplex } from 'node:stream'
import { onAbort } from '../model/abort.ts'
import { absent, type Fact, present, unknown } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import type { Dialer } from './session.ts'
import { type Deadline, within } from './within.ts'

export type Word = 'srvr' | 'mntr' | 'ruok' | 'conf'

/** What a member is when it answers. */
export type Mode = 'leader' | 'follower' | 'observer' | 'standalone'

const longest = 1024 * 1024

/**
 * Asks one server a four-letter word on a stream of its own, and answers the whole text. Rejects with what `dial` rejected with, or
 * a Failure when no whole answer came within the deadline.
 */
export function fourLetterWord(dial: Dialer, word: Word, deadline: Deadline): Promise<string> {
  return within(
    deadline,
    (after) => noAnswer(word, `no answer within ${after}`),
    async (signal) => {
      const stream = await dial(signal)
      const text = wholeText(stream, word)
      onAbort(signal, () => stream.destroy())
      // Our side stays open: a server that sees it end may close before it has answered.
      stream.write(word)
      return text
    },
  )
}

function wholeText(stream: Duplex, word: Word): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  return new Promise<string>((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > longest) reject(noAnswer(word, 'more text than any server sends'))
    })
    stream.on('end', () => resolve(Buffer.concat(chunks).toString()))
    stream.on('close', () => reject(noAnswer(word, 'the connection was cut')))
    stream.on('error', (error: Error) => reject(noAnswer(word, error.message)))
  }).finally(() => stream.destroy())
}

const noAnswer = (word: Word, got: string): Failure =>
  new Failure({ step: `ask ZooKeeper ${word}`, got, hint: "look at the member's log" })

export interface Srvr {
  readonly version: string
  readonly mode: Mode
  /** 16 hex digits */
  readonly zxid: string
  readonly connections: number
}

/** Reads an answer to `srvr`. Absent: it runs, and says that it does not serve. Unknown: anything else that is no such answer. */
export function parseSrvr(text: string): Fact<Srvr> {
  if (saysNotServing(text)) return absent
  const values = linesOf(text, /^([^:]+): (.*)$/)
  const version = versionIn(values.get('Zookeeper version'))
  const mode = modeIn(values.get('Mode'))
  const zxid = /^0x([0-9a-f]{1,16})$/.exec(values.get('Zxid') ?? '')?.[1]
  const connections = numberIn(values.get('Connections'))
  if (version === undefined || mode === undefined || zxid === undefined || connections === undefined)
    return noSuchAnswer('srvr', text)
  return present({ version, mode, zxid: zxid.padStart(16, '0'), connections })
}

/** Numbers are undefined where the server does not tell them: most are told by the leader alone. */
export interface Mntr {
  /** counts members without a vote too, but no observers */
  readonly syncedFollowers: number | undefined
  readonly syncedNonVotingFollowers: number | undefined
  readonly syncedObservers: number | undefined
  readonly pendingSyncs: number | undefined
  /** everything it said, by the names it uses, such as `zk_watch_count` */
  readonly values: ReadonlyMap<string, string>
}

/** Reads an answer to `mntr`; its facts are those of `parseSrvr`. */
export function parseMntr(text: string): Fact<Mntr> {
  if (saysNotServing(text)) return absent
  const values = linesOf(text, /^(zk_[^\t]*)\t(.*)$/)
  if (modeIn(values.get('zk_server_state')) === undefined) return noSuchAnswer('mntr', text)
  const number = (name: string) => numberIn(values.get(name))
  return present({
    syncedFollowers: number('zk_synced_followers'),
    syncedNonVotingFollowers: number('zk_synced_non_voting_followers'),
    syncedObservers: number('zk_synced_observers'),
    pendingSyncs: number('zk_pending_syncs'),
    values,
  })
}

const saysNotServing = (text: string): boolean =>
  text.startsWith('This ZooKeeper instance is not currently serving requests')

/** Only lines that ended count: the last one of a cut answer could be half a number. */
function linesOf(text: string, form: RegExp): ReadonlyMap<string, string> {
  const ended = text.split(/\r?\n/).slice(0, -1)
  const pairs = ended.map((line) => form.exec(line)).filter((match) => match !== null)
  return new Map(pairs.map(([, name = '', value = '']) => [name, value]))
}

const versionIn = (text: string | undefined): string | undefined => /^\d+(\.\d+)+/.exec(text ?? '')?.[0]

const modes: readonly string[] = ['leader', 'follower', 'observer', 'standalone'] satisfies Mode[]
const modeIn = (text: string | undefined): Mode | undefined =>
  text !== undefined && modes.includes(text) ? (text as Mode) : undefined

const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d+(\.\d+)?(E-?\d+)?$/.test(text) ? Number(text) : undefined

function noSuchAnswer(word: Word, text: string): Fact<never> {
  const hint = text.includes('not in the whitelist')
    ? `add ${word} to 4lw.commands.whitelist, or let up render its zoo.cfg`
    : 'see what listens on that port: it should be our ZooKeeper'
  return unknown(new Failure({ step: `ask ZooKeeper ${word}`, got: shown(text), hint }))
}

const shown = (text: string): string =>
  text === '' ? 'an empty answer' : `an answer that is none: ${JSON.stringify(text.slice(0, 100))}`
