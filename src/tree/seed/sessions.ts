import type { ZooKeeper } from '../../zookeeper/zookeeper.ts'
import { isLost } from '../apply/outcome.ts'

/** A session opened when it is first used, and anew once it was lost. */
export interface Sessions {
  /** `body` with a session; with another one, after a wait, up to `retries` times, where the session is lost */
  use<T>(body: (zk: ZooKeeper) => Promise<T>, retries: number, waiting?: () => void): Promise<T>
  end(): Promise<void>
}

/** ms to wait between tries: short for a leader's election, then so that half a minute is not much asked for. */
const waits = [0, 100, 200, 400, 800, 1600]

/** ms after which no further try is begun: where a server hangs, one takes as long as its deadlines. */
const longest = 60_000

export function sessionsOf(open: () => Promise<ZooKeeper>, sleep: (ms: number) => Promise<unknown>): Sessions {
  let current: ZooKeeper | undefined
  let opened = false
  const close = async () => {
    const session = current
    current = undefined
    // What is lost already has nothing to tell.
    await session?.close().catch(() => undefined)
  }
  return {
    async use(body, retries, waiting) {
      const began = performance.now()
      for (let tries = 0; ; tries++) {
        try {
          current ??= await open()
          opened = true
          return await body(current)
        } catch (error) {
          // A first session that can't be had is told at once: nothing is under way yet.
          if (!opened || (current !== undefined && !isLost(error))) throw error
          // Not waited for: where a server hangs, so does the end of its session.
          void close()
          if (tries >= retries || performance.now() - began > longest) throw error
          waiting?.()
          await sleep(waits[tries] ?? 2000)
        }
      }
    },
    end: close,
  }
}
