import { spawn } from 'node:child_process'
import path from 'node:path'
import { expect } from 'vitest'
import { type Kazoo, kazoo, readBy } from './kazoo.ts'
import type { TestLab } from './lab/lab.ts'

const script = path.join(import.meta.dirname, 'backup-writer.py')

export interface Writer {
  /** the numbers acknowledged so far */
  readonly acknowledged: readonly number[]
  /** waits until so many more are */
  more(count: number): Promise<void>
  end(): void
}

export async function client(): Promise<Kazoo> {
  const found = await kazoo('3', '2.11.0')
  if ('why' in found) throw new Error(found.why)
  return found
}

/** A kazoo client that writes through all members, one number a znode, until it is ended; the first is the one after `after`. */
export function writer({ python, folder }: Kazoo, lab: TestLab, at: string, after = 0): Writer {
  const connect = lab.hosts.map(({ address }) => `${address}:2180`).join(',')
  const env = { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' }
  const child = spawn(python, [script, connect, at, String(after)], { stdio: ['ignore', 'pipe', 'ignore'], env })
  const acknowledged: number[] = []
  let held = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${held}${text}`.split('\n')
    held = lines.pop() ?? ''
    acknowledged.push(...lines.map(Number))
  })
  return {
    acknowledged,
    more: async (count) => {
      const until = acknowledged.length + count
      await expect.poll(() => acknowledged.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(until)
    },
    end: () => child.kill('SIGKILL'),
  }
}

/** The numbers that a member holds. */
export async function numbersAt(by: Kazoo, lab: TestLab, host: string, at: string): Promise<ReadonlySet<number>> {
  const { address = '' } = lab.hosts.find(({ name }) => name === host) ?? {}
  const found = await readBy(by, `${address}:2180`, at)
  return new Set([...found.keys()].filter((name) => name !== at).map((name) => Number(name.slice(at.length + 1))))
}
