import type { Readable } from 'node:stream'
import type { HostName } from '../../../src/model/names.ts'
import type { Locked } from '../../../src/remote/remote.ts'

/** Answers by script name; what throws rejects. */
export type Answers = Readonly<Record<string, (args: unknown) => unknown>>

/** A host that remembers what it was asked and told, in order of begin; `ended` in order of end. */
export function fakeLocked(host: HostName, answers: Answers) {
  const begun: string[] = []
  const ended: string[] = []
  const told: { name: string; args: unknown }[] = []
  const run = async (name: string, args: unknown): Promise<unknown> => {
    begun.push(name)
    told.push({ name, args })
    await Promise.resolve()
    const result = await answers[name]?.(args)
    ended.push(name)
    return result
  }
  const locked: Locked = {
    host,
    ask: (script, args) => run(script.name, args) as never,
    open: (script, args) => run(script.name, args) as never,
    change: (script, args) => run(script.name, args) as never,
    send: async (bytes: Readable, staged, size, progress) => {
      const text: string[] = []
      let sent = 0
      for await (const chunk of bytes) {
        text.push(String(chunk))
        progress?.((sent += Buffer.byteLength(String(chunk))))
      }
      await run(`send ${staged}`, { text: text.join(''), size })
    },
  }
  return { locked, begun, ended, told }
}
