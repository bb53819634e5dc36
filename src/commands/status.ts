import { setTimeout as sleep } from 'node:timers/promises'
import { Interrupted } from '../model/failure.ts'
import { treesSeen } from '../tree/status.ts'
import type { Reader } from '../zookeeper/zookeeper.ts'
import { withFleet } from './shared/fleet.ts'
import { knownIdentities, readerAuth } from './shared/identity.ts'
import { observe } from './shared/observe.ts'
import type { Result, StatusResult } from './shared/result.ts'
import type { Run } from './shared/run.ts'
import { statusSeen, warnOf } from './shared/status-result.ts'

export interface StatusOptions {
  readonly drift: boolean
  readonly watch: boolean
}

/** Members, leader, quorum, trees; also without archives and secrets. Exit 0 when healthy, else 1, also where a tree cannot be read. */
export async function status(run: Run<StatusOptions>): Promise<Result> {
  const { drift } = run.options
  const identities = drift ? await knownIdentities(run) : undefined
  const how = { drift, ...(identities && { identities }) }
  const read = (session: Reader) => treesSeen(session, run.inventory.trees, how)
  const auth = await readerAuth(run)
  let told: StatusResult | undefined
  for (;;) {
    const last = await withFleet(run, async (fleet) => {
      for (;;) {
        const seen = await observe(run, fleet, { auth, read })
        warnOf(run, seen.trees?.problems)
        const now = statusSeen(run, seen)
        if (isLast(run) || isOut(now)) return now
        await shown(run, (told = now))
      }
    }).catch((thrown: unknown) => {
      // Ctrl-C amid a login ends a watch, too: by what was seen before.
      if (thrown instanceof Interrupted && told !== undefined) return told
      throw thrown
    })
    if (isLast(run)) return run.options.watch ? { ...last, isWatched: true } : last
    // logs in anew where a host was out of reach: it may be back
    await shown(run, (told = last))
  }
}

const isLast = ({ options, interrupted }: Run<StatusOptions>): boolean => !options.watch || interrupted.aborted

const isOut = ({ status }: StatusResult): boolean => status.members.some(({ state }) => state === 'unreachable')

async function shown(run: Run, { status, connect, secure, remarks }: StatusResult): Promise<void> {
  run.emit({
    task: 'status',
    is: 'status',
    status,
    connect,
    ...(secure !== undefined && { secure }),
    ...(remarks && { remarks }),
  })
  await sleep(watchEvery, undefined, { signal: run.interrupted }).catch(() => undefined)
}

const watchEvery = 2_000
