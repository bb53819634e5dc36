import { type Dial, DialRefused } from '../model/dial.ts'
import { absent, type Fact, present, unknown } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import { type Endpoint, parseConfigNode } from '../zookeeper/config.ts'
import { failureOf } from '../zookeeper/failure.ts'
import { dialer, openSession, type SessionOptions } from '../zookeeper/session.ts'
import { fourLetterWord, type Mntr, parseMntr, parseSrvr, type Word } from '../zookeeper/words.ts'
import type { Reader } from '../zookeeper/zookeeper.ts'
import type { Leading, Membership, Serving } from './facts.ts'
import { readLeft } from './left.ts'

/** The members' own ZooKeeper ports, asked one by one; `at`: where that member listens for clients. */
export interface Asking {
  /** `leads`: the leader as far as is known, whose `mntr` is asked for at once; it is slow where others start at the same time */
  serving(host: HostName, at: Endpoint, leads: boolean): Promise<Fact<Serving>>
  /** opens a session through that member, reads /zookeeper/config and who left, closes it */
  config(host: HostName, at: Endpoint): Promise<Fact<Membership>>
}

/** ms until a member that says nothing is given up; a session also waits for the quorum. */
const patience = { word: 3_000, session: 6_000 }

/** What else is done in the one session of an observation, and in which identity. */
export interface Within {
  /** asked for before the session is opened; undefined where what serves there is not to be told who we are */
  readonly auth?: (host: HostName, at: Endpoint) => Promise<SessionOptions['auth']>
  /** never rejects; `told`: the session said who we are */
  readonly also?: (session: Reader, told: boolean) => Promise<void>
}

export function askingOf(dial: Dial, within: Within = {}): Asking {
  const ask = async <T>(
    host: HostName,
    at: Endpoint,
    word: Word,
    parse: (text: string) => Fact<T>,
  ): Promise<Fact<T>> => {
    try {
      return parse(await fourLetterWord(dialer(dial, host, at), word, patience.word))
    } catch (thrown) {
      // A port that is closed to its own host is an answer: nothing serves there. Anything else says nothing about the
      // member, also a connection from here that was refused: a firewall may have done that.
      return thrown instanceof DialRefused ? absent : unknown(failureOf(thrown, `ask ZooKeeper ${word}`, host))
    }
  }
  return {
    async serving(host, at, leads) {
      const mntr = leads ? ask(host, at, 'mntr', parseMntr) : undefined
      const srvr = await ask(host, at, 'srvr', parseSrvr)
      if (srvr.is !== 'present') return srvr
      const { mode, zxid, version, connections } = srvr.value
      // Asked later only where it was not asked already: a leader's numbers are what a gate needs.
      const more = await (mntr ?? (mode === 'leader' ? ask(host, at, 'mntr', parseMntr) : undefined))
      const numbers = more?.is === 'present' ? more.value : undefined
      const leading = mode === 'leader' && numbers ? leadingOf(numbers) : undefined
      return present({ mode, zxid, version, connections, ...(leading === undefined ? {} : { leading }) })
    },
    config: (host, at) => configThrough(dial, host, at, within),
  }
}

/** Undefined where the leader did not tell one of them: nothing is taken down on half of the numbers. */
function leadingOf(numbers: Mntr): Leading | undefined {
  const { syncedFollowers, syncedObservers, pendingSyncs } = numbers
  if (syncedFollowers === undefined || syncedObservers === undefined || pendingSyncs === undefined) return undefined
  const { syncedNonVotingFollowers } = numbers
  if (syncedNonVotingFollowers === undefined) return undefined
  const dataBytes = Number(numbers.values.get('zk_approximate_data_size') ?? 0)
  return { syncedFollowers, syncedNonVotingFollowers, syncedObservers, pendingSyncs, dataBytes }
}

async function configThrough(
  dial: Dial,
  host: HostName,
  at: Endpoint,
  { auth, also }: Within,
): Promise<Fact<Membership>> {
  const step = 'read /zookeeper/config'
  try {
    const told = await auth?.(host, at)
    const session = await openSession({
      dial: dialer(dial, host, at),
      deadline: patience.session,
      ...(told && { auth: told }),
    })
    try {
      // What a member of the quorum knew a moment ago is not enough where it has just been changed.
      const [, found, left] = await Promise.all([
        session.sync('/zookeeper/config'),
        session.get('/zookeeper/config'),
        readLeft(session, host),
        also?.(session, told !== undefined && told.length > 0),
      ])
      const config = found === null ? absent : parseConfigNode(found.data)
      const got = 'it lists no members: the server runs alone'
      const hint = 'see what listens on that port: it should be our ZooKeeper'
      if (config.is === 'absent') return unknown(new Failure({ host, step, got, hint, exit: 5 }))
      return config.is === 'present' ? present({ ...config.value, left }) : config
    } finally {
      await session.close()
    }
  } catch (thrown) {
    return unknown(failureOf(thrown, `${step} in a session`, host))
  }
}
