import { ConfigProblem } from './config-lines.ts'

/**
 * A text with its `%` tokens (TOKENS in ssh_config(5)) and, where `env` is given, its `${VARIABLES}` filled in. Throws a ConfigProblem
 * for what is not known, as ssh does: a path or name with a hole in it would be another one.
 */
export function expand(
  text: string,
  tokens: Readonly<Record<string, string>>,
  env?: Readonly<Record<string, string | undefined>>,
): string {
  const problem = (what: string) => new ConfigProblem(`ssh's configuration: \`${text}\`: ${what}`)
  return text.replace(/%(.?)|\$\{([^}]*)\}/g, (all, token: string | undefined, name: string | undefined) => {
    if (name !== undefined) {
      if (env === undefined) return all
      const value = env[name]
      if (value === undefined) throw problem(`the environment has no ${name}`)
      return value
    }
    if (token === '%') return '%'
    const value = Object.hasOwn(tokens, token ?? '') ? tokens[token ?? ''] : undefined
    if (value === undefined) throw problem(`%${token ?? ''} is not known here`)
    return value
  })
}
