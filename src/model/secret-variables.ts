import { Secret } from './secret.ts'

/** The variables of the environment by which a person gives us secrets; read by `secretIn` alone. */
export const secretVariables = {
  password: 'DMAN_SSH_PASSWORD',
  keyPassphrase: 'DMAN_SSH_PASSPHRASE',
  secretsPassphrase: 'DMAN_SECRETS_PASSPHRASE',
} as const

type Environment = Readonly<Record<string, string | undefined>>

/** What a person gave; undefined where that variable is not set. */
export function secretIn(env: Environment, which: keyof typeof secretVariables): Secret | undefined {
  const text = env[secretVariables[which]]
  return text === undefined ? undefined : new Secret(text)
}

const all: readonly string[] = Object.values(secretVariables)

/** The environment for a command that is not ours. */
export const withoutSecrets = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !all.includes(name)))
