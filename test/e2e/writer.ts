import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished } from 'vitest'
import { type Kazoo, kazoo } from './kazoo.ts'
import type { TestLab } from './lab/lab.ts'
import { type Outcome, startCommand } from './lab/run.ts'
import { expectNoneLost } from './lost.ts'

/** What a kazoo client lived through that wrote all the time. */
export interface Written {
  readonly acked: number
  /** acknowledged, and not there at the end */
  readonly missing: readonly string[]
  /** s without an acknowledged write, at most */
  readonly gap: number
  /** how often its session was lost */
  readonly lost: number
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
  const ended = (): Promise<Outcome> => {
    started.kill('SIGTERM')
    return started.done
  }
  // Also where the story failed, and nobody asked for the end: what was lost by then is lost. Where nobody serves any more that can't be told.
  onTestFinished(async () => {
    const late = setTimeout(() => started.kill('SIGKILL'), 30_000)
    const { stdout } = await ended().finally(() => clearTimeout(late))
    expectNoneLost(writtenOf(stdout)?.missing ?? [], name)
  })
  await started.until(/^writes$/m)
  return {
    async end(least = 50): Promise<Written> {
      const { code, stdout, stderr } = await ended()
      expect(code, stderr).toBe(0)
      const written = writtenOf(stdout) ?? { acked: 0, missing: [], gap: Infinity, lost: 0 }
      console.log(`${name}: ${written.acked} writes, none for ${written.gap.toFixed(2)} s at most`)
      expectNoneLost(written.missing, name)
      expect(written.acked).toBeGreaterThan(least)
      return written
    },
  }
}

/** Undefined where it did not come to tell. */
const writtenOf = (stdout: string): Written | undefined => {
  const [, told = ''] = stdout.split('\n')
  return told === '' ? undefined : (JSON.parse(told) as Written)
}

/**
 * No client is lost by what is done to members that are well, and there is a quorum all the time but for elections, with what a client
 * takes to find another member.
 */
export function expectServed({ gap, lost }: Written): void {
  expect(lost, 'sessions that were lost').toBe(0)
  expect(gap, 's without a write').toBeLessThan(10)
}

/** What such a client lived through while `work` was done, which served it well. `least`: acknowledged writes, where that takes a second only. */
export async function underWriter(
  lab: TestLab,
  by: Kazoo,
  name: string,
  work: () => Promise<void>,
  least?: number,
): Promise<Written> {
  const writing = await writer(lab, by, name)
  await work()
  const written = await writing.end(least)
  expectServed(written)
  return written
}

/** Such a client writes through each test of a story of faults, which fails where it lost something, and is skipped where there is no kazoo. */
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
