import { hostname } from 'node:os'
import { homeFolder, localUser } from '../disk/user.ts'
import type { Emit } from '../model/event.ts'
import { Failure } from '../model/failure.ts'
import type { Memory } from './asking.ts'
import { type Asked, type Here, type HostConfig, lookUp } from './config.ts'
import { readConfig } from './config-file.ts'
import { ConfigProblem } from './config-lines.ts'
import { type Hop, routeOf, type Target } from './target.ts'

/** What a way is looked up with, and who is told of what was left out on it. */
export interface Finding {
  readonly env: Here['env']
  readonly memory: Memory
  readonly emit?: Emit | undefined
}

/** The logins on the way to a target, as the inventory and ssh's configuration say. Rejects with a Failure where they say no way. */
export async function findRoute(target: Target, { env, memory, emit }: Finding): Promise<readonly Hop[]> {
  const { uid, username } = localUser()
  const here: Here = { home: env['HOME'] ?? homeFolder(), localUser: username, localHost: hostname(), uid, env }
  const leftOut = new Set<string>()
  try {
    // the same files for all hosts of a run
    const files = await memory.recall('configuration of ssh', () => readConfig(here))
    const configOf = (asked: Asked): HostConfig => {
      const config = lookUp(files, asked, here)
      for (const text of config.leftOut) leftOut.add(text)
      return config
    }
    return routeOf(target, { configOf, home: here.home, localUser: username })
  } catch (error) {
    if (!(error instanceof ConfigProblem)) throw error
    const hint = 'correct it as ssh_config(5) has it; ssh -G shows what ssh makes of it'
    throw new Failure({ host: target.host, step: 'read the configuration of ssh', got: error.message, hint, exit: 3 })
  } finally {
    const tell = (text: string) => Promise.resolve(emit?.({ task: 'connect', is: 'log', level: 'warn', text }))
    for (const text of leftOut) void memory.recall(`left out ${text}`, () => tell(text))
  }
}
