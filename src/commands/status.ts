import { setTimeout as sleep } from 'node:timers/promises'
import type { Failure } from '../model/failure.ts'
import { treesSeen } from '../tree/status.ts'
import type { SessionOptions } from '../zookeeper/session.ts'
import { ZooKeeperError, type Reader } from '../zookeeper/zookeeper.ts'
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

/** Members, leader, quorum, trees; also without archives and secrets. Exit 0 when healthy, else 1. */
export async function status(run: Run<StatusOptions>): Promise<Result> {
  const { drift } = run.options
  const identities = drift ? await knownIdentities(run) : undefined
  const how = { drift, ...(identities && { identities }) }
  const read = (session: Reader) => treesSeen(session, run.inventory.trees, how)
  const auth = await readerAuth(run)
  for (;;) {
    const last = await withFleet(run, async (fleet) => {
      for (;;) {
        const seen = await observe(run, fleet, { auth, read })
        const { failures, unseen } = judged(seen.trees?.problems ?? [], auth)
        warnOf(run, unseen)
        const now = statusSeen(run, seen, failures)
        if (isLast(run) || isOut(now)) return now
        await shown(run, now)
      }
    })
    if (isLast(run)) return last
    // logs in anew where a host was out of reach: it may be back
    await shown(run, last)
  }
}

/** Without a password at hand it is no failure that some trees are for dman alone. No I/O. */
export function judged(problems: readonly Failure[], auth: SessionOptions['auth'] = []) {
  const isHidden = ({ cause }: Failure) => cause instanceof ZooKeeperError && cause.code === 'NO_AUTH'
  const unseen = auth.length === 0 ? problems.filter(isHidden) : []
  return { failures: problems.filter((problem) => !unseen.includes(problem)), unseen }
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
