import type { Asker } from '../model/asker.ts'
import { Failure, Interrupted } from '../model/failure.ts'
import { Secret } from '../model/secret.ts'

const unanswered = (question: string, hint: string): Failure =>
  new Failure({
    step: 'ask',
    got: `no terminal to ask on: ${question}`,
    hint,
    exit: 3,
  })

const byEnvironment = 'give it by agent, DMAN_SSH_PASSPHRASE, DMAN_SSH_PASSWORD or DMAN_SECRETS_PASSPHRASE'

/**
 * Asks on the terminal; without one every question is a Failure of exit 3. `rest` clears the way: what was told so far is shown before it
 * is asked about.
 */
export function asker(terminal: boolean, rest: () => Promise<void>): Asker {
  return {
    isPossible: terminal,
    async line(question) {
      if (!terminal) throw unanswered(question, 'answer with --yes')
      await rest()
      const { default: input } = await import('@inquirer/input')
      return answered(input({ message: question }, { output: process.stderr }))
    },
    async secret(question) {
      if (!terminal) throw unanswered(question, byEnvironment)
      await rest()
      const { default: password } = await import('@inquirer/password')
      return new Secret(await answered(password({ message: question, mask: true }, { output: process.stderr })))
    },
  }
}

/** Ctrl-C at a question is an answer too. */
const answered = (asking: Promise<string>): Promise<string> =>
  asking.catch((cause: unknown) => {
    throw new Interrupted({
      step: 'ask',
      got: 'interrupted',
      hint: 'nothing was changed by this question',
      cause,
    })
  })
