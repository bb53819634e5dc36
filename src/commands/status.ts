import { setTimeout as sleep } from 'node:timers/promises'
import { Interrupted } from '../model/failure.ts'
import { type TreesSeen, treesSeen } from '../tree/status.ts'
import { statusSeen, warnOf } from './shared/apply/status-result.ts'
import { withFleet } from './shared/look/fleet.ts'
import { observe, type TreeReader } from './shared/look/observe.ts'
import { knownIdentities, readerAuth } from './shared/prepare/identity.ts'
import type { Result, StatusResult } from './shared/run/result.ts'
import type { Run } from './shared/run/run.ts'

export interface StatusOptions {
  readonly drift: boolean
  readonly watch: boolean
}

/**
 * Members, leader, quorum, trees; also without archives and secrets. Exit 0 when healthy, else 1; a tree that cannot be read is told, and
 * changes nothing of that.
 */
export async function status(run: Run<StatusOptions>): Promise<Result> {
  const reader = await readerOf(run)
  let last = await look(run, reader)
  while (!isLast(run)) {
    await shown(run, last)
    // Ctrl-C amid a login ends a watch by what was seen before.
    last = await look(run, reader).catch((thrown: unknown) => (thrown instanceof Interrupted ? last : raise(thrown)))
  }
  return last
}

const raise = (thrown: unknown): never => {
  throw thrown
}

async function readerOf({ options: { drift }, ...run }: Run<StatusOptions>): Promise<TreeReader<TreesSeen>> {
  const identities = drift ? await knownIdentities(run) : undefined
  const how = { drift, ...(identities && { identities }) }
  return { auth: await readerAuth(run), read: (session) => treesSeen(session, run.inventory.trees, how) }
}

/** By one login a host: once, or again and again until Ctrl-C, or a host is out of reach: that may be back at the next login. */
const look = (run: Run<StatusOptions>, reader: TreeReader<TreesSeen>): Promise<StatusResult> =>
  withFleet(run, async (fleet) => {
    for (;;) {
      const seen = await observe(run, fleet, reader)
      warnOf(run, seen.trees?.problems)
      const now = statusSeen(run, seen)
      if (isLast(run) || isOut(now)) return now
      await shown(run, now)
    }
  })

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
