import path from 'node:path'
import { expect } from 'vitest'
import type { Kazoo } from './kazoo.ts'
import type { TestLab } from './lab/lab.ts'
import { startCommand } from './lab/run.ts'

/** What a kazoo client lived through that wrote all the time. */
export interface Written {
  readonly acked: number
  /** acknowledged, and not there at the end */
  readonly missing: readonly string[]
  /** s between two acknowledged writes, at most */
  readonly gap: number
}

/**
 * Begins to write, every 10 ms one znode below `below`, through whichever of all the lab's hosts (and of `also`) serves at one of these ports; `end` tells
 * what came of it.
 */
export async function writer(
  lab: TestLab,
  { python, folder }: Kazoo,
  below: string,
  ports: readonly number[] = [2180],
  also: readonly { readonly address: string }[] = [],
) {
  const servers = [...lab.hosts, ...also].flatMap(({ address }) => ports.map((port) => `${address}:${port}`)).join()
  const script = path.join(import.meta.dirname, 'writer.py')
  const env = { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' }
  const started = startCommand([python, script, servers, below], { env })
  await started.until(/^writes$/m)
  return {
    async end(): Promise<Written> {
      started.kill('SIGTERM')
      const { code, stdout, stderr } = await started.done
      expect(code, stderr).toBe(0)
      return JSON.parse(stdout.split('\n')[1] ?? '') as Written
    },
  }
}
