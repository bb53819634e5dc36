import { type HeldLock, type LockOptions, withLock } from '../../../../src/hosts/lock.ts'
import type { HostLock } from '../../../../src/hosts/lock/one.ts'
import type { Holder } from '../../../../src/hosts/lock/state.ts'
import { type Failure, failuresOf, Unreachable } from '../../../../src/model/failure.ts'
import type { HostName } from '../../../../src/model/names.ts'
import type { LaidFacts, LockFacts } from '../../../../src/remote/host-facts.ts'
import type { Locked, Remote } from '../../../../src/remote/remote.ts'

interface Held {
  readonly holder: Holder
  readonly since: number
  readonly boot: string
  beat: number
}

/** Hosts that can be locked, by the (fake) clock. */
export class World {
  readonly locks = new Map<HostName, Held>()
  readonly calls: string[] = []
  boot = 'boot-1'
  /** what earlier runs left running, until it is settled */
  readonly running = new Map<HostName, LaidFacts['running']>()
  /** what settling rejects with */
  stubborn: Failure | undefined

  constructor(readonly hosts: readonly HostName[]) {}

  /** this host's lock as anyone sees it */
  facts(host: HostName): LockFacts | undefined {
    const held = this.locks.get(host)
    if (held === undefined) return undefined
    const { holder, since, beat, boot } = held
    const { token, who, operator } = holder
    return { token, who, since: since / 1000, operator, boot, age: (Date.now() - beat) / 1000, format: 1 }
  }

  lay(host: HostName, holder: Holder, more: Partial<Held> = {}): void {
    this.locks.set(host, { holder, since: Date.now(), beat: Date.now(), boot: this.boot, ...more })
  }

  heldBy({ token }: Holder): HostName[] {
    return this.hosts.filter((host) => this.locks.get(host)?.holder.token === token)
  }
}

/** How one run sees the world: what it reaches, how long a call takes each way, and whether it lives. */
export interface Way {
  readonly reaches: (host: HostName) => boolean
  readonly delay: () => number
  readonly isDead: () => boolean
}
export const near: Way = { reaches: () => true, delay: () => 0, isDead: () => false }

const lockedHost = (world: World, host: HostName): Locked => {
  const change = (script: { name: string }) => {
    world.calls.push(`${script.name} ${host}`)
    if (world.stubborn !== undefined) return Promise.reject(world.stubborn)
    world.running.delete(host)
    return Promise.resolve([])
  }
  return { host, change } as unknown as Locked
}

export const remoteOf = (host: HostName): Remote => ({ host }) as Remote

export const lockOf =
  (world: World, self: Holder, way: Way = near) =>
  ({ host }: { host: HostName }): HostLock => {
    /** half of the time passes before it happens, half after: a run may die or lose its connection in between */
    const call = async <T>(name: string, happens: () => T): Promise<T> => {
      if (way.isDead()) return new Promise(() => undefined)
      world.calls.push(`${name} ${host}`)
      await pass(way.delay())
      if (!way.reaches(host)) throw new Unreachable({ step: name, got: 'no answer', hint: '' })
      const result = happens()
      await pass(way.delay())
      return way.isDead() ? new Promise(() => undefined) : result
    }
    return {
      host,
      take: (over) =>
        call('take', () => {
          const lock = world.facts(host)
          if (lock !== undefined && lock.token !== self.token && lock.token !== over)
            return { is: 'held', lock, boot: world.boot }
          if (lock?.token !== self.token) world.lay(host, self)
          return { is: 'taken', locked: lockedHost(world, host), running: world.running.get(host) ?? [] }
        }),
      beat: () =>
        call('beat', () => {
          const held = world.locks.get(host)
          if (held?.holder.token !== self.token) return false
          held.beat = Date.now()
          return true
        }),
      release: () =>
        call('release', () => {
          if (world.locks.get(host)?.holder.token === self.token) world.locks.delete(host)
        }),
    }
  }

const pass = (ms: number): Promise<void> => (ms === 0 ? Promise.resolve() : lasting(ms))

export const lasting = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** `done`, or exit code, host and words of what it rejects with */
export const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (thrown: unknown) => failuresOf(thrown).map(({ host, exit, got }) => `${exit} ${host ?? ''} ${got}`)[0],
  )

export const three = ['zk1', 'zk2', 'zk3']
export const options = (more: Partial<LockOptions> = {}): LockOptions => ({
  hosts: three,
  members: [],
  wait: 0,
  interrupted: new AbortController().signal,
  emit: () => undefined,
  ...more,
})
/** `body` while `self` holds the lock of the world's hosts. */
export const run = <T>(
  world: World,
  self: Holder,
  body: (lock: HeldLock) => Promise<T>,
  more: Partial<LockOptions> = {},
  way = near,
) => withLock(world.hosts.map(remoteOf), self, options(more), body, lockOf(world, self, way))
export const reaching = (...hosts: HostName[]): Way => ({ ...near, reaches: (host) => hosts.includes(host) })
