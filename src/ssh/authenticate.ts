import {
  type AnyAuthMethod,
  type AuthHandlerMiddleware,
  BaseAgent,
  type ParsedKey,
  type Prompt as ServerPrompt,
  type SignCallback,
  utils,
} from 'ssh2'
import { wordsOf } from '../model/failure.ts'
import type { Secret } from '../model/secret.ts'
import { secretIn } from '../model/secret-variables.ts'
import { identitiesFor, type Identity, type Sources } from './identities.ts'
import { type Hop, place } from './target.ts'

/** What a login tried and learned, for the words of a refusal. */
export interface Attempt {
  /** methods that were tried, with the keys that were offered */
  readonly tried: string[]
  /** keys and passwords that could not be used, and why */
  readonly unusable: string[]
  /** what the server takes, as it said last; empty while it did not say */
  offered: readonly string[]
  /** true once the first request went out: nothing is repeated from there on */
  begun: boolean
}

export type Step = 'none' | 'key' | 'password' | 'keyboard-interactive'

/**
 * The next request of a login. A password is sent at most once: the same account would count a wrong one twice if it came again as
 * keyboard-interactive; after a partial success that is another factor. `none` asks what the server takes; as the first request
 * sshd does not count it.
 */
export function nextStep(now: {
  /** whether the next key lies open, or an agent or a passphrase has to be asked; undefined where none is left */
  key: 'plain' | 'asked' | undefined
  /** null while the server did not say */
  offered: readonly string[] | null
  /** the server took a signature, but did not say (to us) what it wants next */
  stale: boolean
  partial: boolean
  tried: readonly Step[]
}): Step | undefined {
  const { key, offered, stale, partial, tried } = now
  const takes = (method: string) => offered === null || offered.includes(method)
  if (stale) return 'none'
  if (key === 'plain' && takes('publickey')) return 'key'
  if (offered === null) return tried.includes('none') ? undefined : 'none'
  if (key === 'asked' && takes('publickey')) return 'key'
  if (takes('password') && !tried.includes('password')) return 'password'
  const second = partial || !tried.includes('password')
  return takes('keyboard-interactive') && second && !tried.includes('keyboard-interactive')
    ? 'keyboard-interactive'
    : undefined
}

/** ssh2's authentication handler for one hop. It fills `attempt` as it goes. */
export function authenticator(hop: Hop, sources: Sources, attempt: Attempt): AuthHandlerMiddleware {
  const identities = identitiesFor(hop, sources)
  identities.catch(() => undefined)
  const username = hop.user
  const tried: Step[] = []
  let keys: Identity[] | undefined
  let offered: readonly string[] | null = null
  let signer: OneKey | undefined
  const taken = async () => {
    const { found, unusable } = await identities
    attempt.unusable.push(...unusable)
    return [...found]
  }
  const choose = async (partial: boolean): Promise<AnyAuthMethod | false> => {
    const left: Identity[] = keys ?? (await taken())
    keys = left
    const key = left[0] === undefined ? undefined : left[0].plain === undefined ? 'asked' : 'plain'
    const step = nextStep({ key, offered, stale: signer?.signed === true, partial, tried })
    signer = undefined
    if (step === undefined) return false
    tried.push(step)
    if (step === 'none') return { type: 'none', username }
    if (step === 'key') {
      const identity = left.shift()
      if (identity === undefined) return choose(partial)
      attempt.tried.push(`publickey ${identity.label}`)
      if (identity.plain !== undefined) return { type: 'publickey', username, key: identity.plain }
      signer = new OneKey(identity, attempt)
      return { type: 'agent', username, agent: signer }
    }
    if (step === 'keyboard-interactive') {
      attempt.tried.push(step)
      return { type: step, username, prompt: answerer(hop, sources, attempt) }
    }
    const password = await passwordFor(hop, sources).catch((error: unknown) => {
      attempt.unusable.push(wordsOf(error))
    })
    if (password === undefined) return choose(partial)
    attempt.tried.push(step)
    return { type: step, username, password: password.reveal() }
  }
  return (left: readonly string[] | null, partial, next) => {
    attempt.begun = true
    // after an agent's key ssh2 hands over what the server said before it
    if (signer === undefined && left !== null) attempt.offered = offered = left
    choose(partial).then(
      (method) => next(method as AnyAuthMethod),
      () => next(false as unknown as AnyAuthMethod),
    )
  }
}

/** A key that is asked to sign only once the server takes its public half: nobody is asked for a passphrase in vain. */
class OneKey extends BaseAgent<ParsedKey> {
  signed = false
  constructor(
    private readonly identity: Identity,
    private readonly attempt: Attempt,
  ) {
    super()
  }

  override getIdentities(done: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    const parsed = utils.parseKey(this.identity.key)
    if (parsed instanceof Error) done(parsed)
    else done(null, [parsed])
  }

  override sign(_key: ParsedKey, data: Buffer, options: unknown, done?: SignCallback): void {
    const finish = typeof options === 'function' ? (options as SignCallback) : (done ?? (() => undefined))
    const hash = (options as { hash?: string } | undefined)?.hash
    this.identity.sign(data, hash).then(
      (signature) => {
        this.signed = true
        finish(null, signature)
      },
      (error: unknown) => {
        this.attempt.unusable.push(wordsOf(error))
        finish(error instanceof Error ? error : new Error(wordsOf(error)))
      },
    )
  }
}

/**
 * Given, from the environment, or asked once a run for all hosts of a user. Each jump host is asked for alone, since it is another's: what is typed
 * for the hosts is never offered to it. The environment's is meant for every login of a run.
 */
function passwordFor(hop: Hop, { env, prompt, memory, patience }: Sources): Promise<Secret> {
  const given = hop.password ?? secretIn(env, 'password')
  if (given !== undefined) return Promise.resolve(given)
  const ask = () =>
    memory.inTurn(async () => {
      const question = {
        kind: 'password',
        host: hop.host,
        text: `Password of ${hop.user} (asked by ${hop.address})`,
      } as const
      return prompt(question).catch((error: unknown) => {
        throw new Error(`no password: ${wordsOf(error)}`)
      })
    })
  return patience.while(memory.recall(passwordOf(hop), ask))
}

/** What a password is remembered as. */
export const passwordOf = (hop: Pick<Hop, 'isJump' | 'user' | 'address' | 'port'>): string =>
  hop.isJump ? `password of jump host ${hop.user}@${place(hop)}` : `password ${hop.user}`

/** The first hidden question is taken for the password; whatever else the server asks, a person answers. */
function answerer(hop: Hop, sources: Sources, attempt: Attempt) {
  let passwordGiven = attempt.tried.includes('password')
  const answer = async (asked: ServerPrompt): Promise<Secret> => {
    if (!passwordGiven && asked.echo !== true) {
      passwordGiven = true
      return passwordFor(hop, sources)
    }
    const text = asked.prompt.replace(/[^\x20-\x7e]/g, '').replace(/:?\s*$/, '')
    const ask = () => sources.prompt({ kind: 'answer', host: hop.host, text: `${hop.address} asks: ${text}` })
    return sources.patience.while(sources.memory.inTurn(ask))
  }
  return (_name: string, _how: string, _lang: string, asked: ServerPrompt[], finish: (answers: string[]) => void) => {
    const all = async () => {
      const answers: string[] = []
      for (const one of asked) answers.push((await answer(one)).reveal())
      return answers
    }
    all().then(finish, (error: unknown) => {
      attempt.unusable.push(wordsOf(error))
      finish([])
    })
  }
}
