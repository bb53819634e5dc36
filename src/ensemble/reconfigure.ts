import { setTimeout } from 'node:timers/promises'
import { Failure, NotBegun, Refused, Unreachable } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import { parseConfigNode } from '../zookeeper/config.ts'
import { failureOf } from '../zookeeper/failure.ts'
import { type Acl, type Admin, type Reconfig, ZooKeeperError } from '../zookeeper/zookeeper.ts'
import type { Left } from './facts.ts'
import { changeLeft } from './left.ts'

/** How ZooKeeper itself is changed. */
export interface Administration {
  /** a session of the super user, not through that member where another serves; its caller closes it */
  readonly open: (avoid?: HostName) => Promise<Admin>
  /** of what is remembered below /dman/meta */
  readonly acl: readonly Acl[]
}

/** ms between tries, while the members may be electing a leader: one that goes hands over within a second or two. */
const waits = [200, 500, 1000, 2000, 2000, 4000]

/**
 * One change of who belongs, from the version that it was planned from. A reply that was lost is resolved by reading /zookeeper/config:
 * another version than that proves that the request can have no effect any more (it had it, or was overtaken). The same version proves
 * nothing, for the request may be on its way; then it is sent again from that version: whichever of the two comes first moves the
 * version, so the other is refused. Rejects with a NotBegun where it is certain that nothing was changed, else with a Failure.
 */
export async function reconfigure(
  host: HostName,
  change: Reconfig,
  left: Left | undefined,
  { open, acl }: Administration,
  sleep: (ms: number) => Promise<unknown> = setTimeout,
): Promise<void> {
  const sent = { is: false }
  for (const wait of [...waits, undefined]) {
    const isAgain = sent.is
    try {
      await attempt(host, change, left, { open, acl }, sent)
      return
    } catch (thrown) {
      const code = thrown instanceof ZooKeeperError ? thrown.code : ''
      if (isAgain && code === 'BAD_VERSION') return
      // A change that is under way may be ours, of which the reply was lost.
      const isOurs = isAgain && code === inProgress
      if (thrown instanceof ZooKeeperError && certain.has(code) && !isOurs) throw notBegun(host, thrown)
      if (wait === undefined || !(isOurs || isLost(thrown))) throw failed(host, thrown)
      await sleep(wait)
    }
  }
}

async function attempt(
  host: HostName,
  change: Reconfig,
  left: Left | undefined,
  { open, acl }: Administration,
  sent: { is: boolean },
): Promise<void> {
  const session = await open(host)
  try {
    if (sent.is && (await versionOf(session)) !== change.from) return
    if (left !== undefined) await changeLeft(session, acl, (all) => [...all.filter(({ id }) => id !== left.id), left])
    sent.is = true
    await session.reconfig(change)
  } finally {
    await session.close().catch(() => undefined)
  }
}

const step = 'change /zookeeper/config'
const inProgress = 'RECONFIG_IN_PROGRESS'

/** Of these it is certain that this request changed nothing, and the next observation may find it possible. */
const certain = new Set(['BAD_VERSION', inProgress, 'NEW_CONFIG_NO_QUORUM', 'NO_NODE', 'NODE_EXISTS'])

/** Whatever came of it, it can be tried again: also a session that could not be had. */
const isLost = (thrown: unknown): boolean =>
  thrown instanceof ZooKeeperError
    ? thrown.outcomeUnknown
    : thrown instanceof Unreachable || (thrown instanceof Failure && thrown.cause instanceof ZooKeeperError)

const notBegun = (host: HostName, { code, message }: ZooKeeperError): NotBegun =>
  new NotBegun({
    host,
    step,
    got: words.get(code) ?? message,
    hint: 'nothing was changed there: run it again',
  })

const failed = (host: HostName, thrown: unknown): Failure =>
  thrown instanceof ZooKeeperError && thrown.code === 'NO_AUTH' ? notSuper(host) : failureOf(thrown, step, host)

const notSuper = (host: HostName): Refused =>
  new Refused({
    host,
    step,
    got: 'ZooKeeper does not know this password of the super user',
    hint: 'a member learns it as it restarts: run `up` without --hosts; where that says the same, see whether secrets.json is this ensemble’s',
  })

const words = new Map([
  ['BAD_VERSION', 'it was changed meanwhile'],
  [inProgress, 'another change is under way'],
  ['NEW_CONFIG_NO_QUORUM', 'too few of those that would belong are synced'],
])

async function versionOf(session: Admin): Promise<string | undefined> {
  await session.sync('/zookeeper/config')
  const found = await session.get('/zookeeper/config')
  const config = found === null ? undefined : parseConfigNode(found.data)
  return config?.is === 'present' ? config.value.version : undefined
}

/** Notes of members that left that they were seen stopped, or are given up. Rejects with a Failure; doing it again does no harm. */
export async function noteGone(ids: readonly number[], { open, acl }: Administration): Promise<void> {
  try {
    const session = await open()
    try {
      await changeLeft(session, acl, (all) =>
        all.map((left) => (ids.includes(left.id) ? { ...left, stopped: true } : left)),
      )
    } finally {
      await session.close().catch(() => undefined)
    }
  } catch (thrown) {
    throw failureOf(thrown, 'note which members left')
  }
}
