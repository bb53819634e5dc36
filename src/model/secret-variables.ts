/** The variables of the environment by which a person gives us secrets. */
export const secretVariables = {
  password: 'DMAN_SSH_PASSWORD',
  keyPassphrase: 'DMAN_SSH_PASSPHRASE',
  secretsPassphrase: 'DMAN_SECRETS_PASSPHRASE',
} as const

const all: readonly string[] = Object.values(secretVariables)

/** The environment for a command that is not ours. */
export const withoutSecrets = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !all.includes(name)))
