import type { AnyAuthMethod, AuthHandlerMiddleware, ParsedKey, Prompt as ServerPrompt, SignCallback } from 'ssh2'
import type { Identities, Identity, Sources } from './identities.ts'
import type { Hop } from './target.ts'
import { BaseAgent, utils } from 'ssh2'
import { textOf } from './failures.ts'
import { identitiesFor } from './identities.ts'

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

export type Method = 'none' | 'publickey' | 'password' | 'keyboard-interactive'

/**
 * The next method, each at most once. `none` only asks the server what it takes. A password that was refused is not sent again
 * as keyboard-interactive: the same account would count it twice. After a partial success both may be wanted.
 */
export function nextMethod(now: {
  tried: readonly Method[]
  /** null while the server did not say */
  offered: readonly string[] | null
  partial: boolean
  hasKeys: boolean
}): Method | undefined {
  const { tried, offered, partial, hasKeys } = now
  const open = (method: Method) => !tried.includes(method) && (offered === null || offered.includes(method))
  if (hasKeys && open('publickey')) return 'publickey'
  if (offered === null) return tried.includes('none') ? undefined : 'none'
  if (open('password')) return 'password'
  if (open('keyboard-interactive') && (partial || !tried.includes('password'))) return 'keyboard-interactive'
  return undefined
}

/** ssh2's authentication handler for one hop. It fills `attempt` as it goes. */
export function authenticator(hop: Hop, sources: Sources, attempt: Attempt): AuthHandlerMiddleware {
  const identities = identitiesFor(hop, sources)
  identities.catch(() => undefined)
  const tried: Method[] = []
  const username = hop.user
  const choose = async (offered: readonly string[] | null, partial: boolean): Promise<AnyAuthMethod | false> => {
    attempt.begun = true
    attempt.offered = offered ?? []
    const { found, unusable } = await identities
    if (tried.length === 0) attempt.unusable.push(...unusable)
    const method = nextMethod({ tried, offered, partial, hasKeys: found.length > 0 })
    if (method === undefined) return false
    tried.push(method)
    if (method === 'none') return { type: 'none', username }
    if (method === 'publickey') return { type: 'agent', username, agent: new Keys({ found, unusable }, attempt) }
    if (method === 'keyboard-interactive') {
      attempt.tried.push('keyboard-interactive')
      return { type: method, username, prompt: answerer(hop, sources, attempt) }
    }
    const password = await passwordFor(hop, sources).catch((error: unknown) => {
      attempt.unusable.push(textOf(error))
    })
    if (password === undefined) return choose(offered, partial)
    attempt.tried.push('password')
    return { type: 'password', username, password }
  }
  return (offered: readonly string[] | null, partial, next) => {
    choose(offered, partial).then(
      (method) => next(method as AnyAuthMethod),
      () => next(false as unknown as AnyAuthMethod),
    )
  }
}

/** Files and agents look alike to ssh2, so that a passphrase is asked only for a key that the server takes. */
class Keys extends BaseAgent<ParsedKey> {
  constructor(
    private readonly identities: Identities,
    private readonly attempt: Attempt,
  ) {
    super()
  }

  override getIdentities(done: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    const usable = this.identities.found.flatMap((identity) => {
      const parsed = utils.parseKey(identity.key)
      return parsed instanceof Error ? [] : [{ identity, parsed }]
    })
    this.attempt.tried.push(...usable.map(({ identity }) => `publickey ${identity.label}`))
    done(
      null,
      usable.map(({ parsed }) => parsed),
    )
  }

  override sign(key: ParsedKey, data: Buffer, options: unknown, done?: SignCallback): void {
    const finish = typeof options === 'function' ? (options as SignCallback) : (done ?? (() => undefined))
    const hash = (options as { hash?: string } | undefined)?.hash
    const identity = this.identities.found.find((one) => one.key.equals(key.getPublicSSH()))
    this.signature(identity, data, hash).then(
      (signature) => finish(null, signature),
      (error: unknown) => {
        this.attempt.unusable.push(textOf(error))
        finish(error instanceof Error ? error : new Error(textOf(error)))
      },
    )
  }

  private signature(identity: Identity | undefined, data: Buffer, hash: string | undefined): Promise<Buffer> {
    return identity === undefined ? Promise.reject(new Error('no such key')) : identity.sign(data, hash)
  }
}

/** Given, from the environment, or asked once a run for each user. The environment's is meant for every login of a run. */
function passwordFor(hop: Hop, { env, prompt, memory, patience }: Sources): Promise<string> {
  const given = hop.password?.reveal() ?? env['DMAN_SSH_PASSWORD']
  if (given !== undefined) return Promise.resolve(given)
  const ask = () =>
    memory.inTurn(async () => {
      const question = {
        kind: 'password',
        host: hop.host,
        text: `Password of ${hop.user} (asked by ${hop.address})`,
      } as const
      const answer = await prompt(question).catch((error: unknown) => {
        throw new Error(`no password: ${textOf(error)}`)
      })
      return answer.reveal()
    })
  return patience.while(memory.recall(`password ${hop.user}`, ask))
}

/** The first hidden question is taken for the password; whatever else the server asks, a person answers. */
function answerer(hop: Hop, sources: Sources, attempt: Attempt) {
  let passwordGiven = attempt.tried.includes('password')
  const answer = async (asked: ServerPrompt): Promise<string> => {
    if (!passwordGiven && asked.echo !== true) {
      passwordGiven = true
      return passwordFor(hop, sources)
    }
    const text = asked.prompt.replace(/[^\x20-\x7e]/g, '').replace(/:?\s*$/, '')
    const ask = () => sources.prompt({ kind: 'answer', host: hop.host, text: `${hop.address} asks: ${text}` })
    return (await sources.patience.while(sources.memory.inTurn(ask))).reveal()
  }
  return (_name: string, _how: string, _lang: string, asked: ServerPrompt[], finish: (answers: string[]) => void) => {
    const all = async () => {
      const answers: string[] = []
      for (const one of asked) answers.push(await answer(one))
      return answers
    }
    all().then(finish, (error: unknown) => {
      attempt.unusable.push(textOf(error))
      finish([])
    })
  }
}
