import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished } from 'vitest'
import { kazoo, type Kazoo } from './kazoo.ts'
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
 * Begins to write, every 10 ms one znode below one of that name, through whichever of all the lab's hosts (and of `also`) serves at one of
 * these ports; `end` tells what came of it, and fails where an acknowledged write is missing.
 */
export async function writer(
  lab: TestLab,
  { python, folder }: Kazoo,
  name: string,
  ports: readonly number[] = [2180],
  also: readonly { readonly address: string }[] = [],
) {
  const servers = [...lab.hosts, ...also].flatMap(({ address }) => ports.map((port) => `${address}:${port}`)).join()
  const script = path.join(import.meta.dirname, 'writer.py')
  const env = { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' }
  // A test that is tried again begins anew.
  const below = `/${name}-${randomBytes(3).toString('hex')}`
  const started = startCommand([python, script, servers, below], { env })
  // Also where the story failed, and nobody asked for the end.
  onTestFinished(() => started.kill('SIGKILL'))
  await started.until(/^writes$/m)
  return {
    async end(): Promise<Written> {
      started.kill('SIGTERM')
      const { code, stdout, stderr } = await started.done
      expect(code, stderr).toBe(0)
      const written = JSON.parse(stdout.split('\n')[1] ?? '') as Written
      console.log(`${name}: ${written.acked} writes, none for ${written.gap.toFixed(2)} s at most`)
      expect(written.missing).toEqual([])
      expect(written.acked).toBeGreaterThan(50)
      return written
    },
  }
}

/** What such a client lived through while `work` was done. */
export async function underWriter(lab: TestLab, by: Kazoo, name: string, work: () => Promise<void>): Promise<Written> {
  const writing = await writer(lab, by, name)
  await work()
  return writing.end()
}

/** Such a client writes through each test of a story, which fails where it lost something, and is skipped where there is no kazoo. */
export function eachUnderWriter(lab: TestLab, name: string): void {
  let writing: Awaited<ReturnType<typeof writer>> | undefined
  beforeEach(async (context) => {
    const reader = await kazoo('3', '2.11.0')
    if ('why' in reader) return context.skip(reader.why)
    writing = await writer(lab, reader, name)
  })
  afterEach(async () => {
    await writing?.end()
    writing = undefined
  })
}
