import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestLab } from './lab/lab.ts'

/** Whether something listens on a member's client port, asked from this machine. */
const isOpen = (host: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host, port: 2180, timeout: 2000 })
    const end = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket.on('connect', () => end(true))
    socket.on('error', () => end(false))
    socket.on('timeout', () => end(false))
  })

export interface Watched<T> {
  readonly result: T
  /** members whose client port was closed at some time, in the order of their first being so */
  readonly closed: readonly string[]
  /** the most of them at one time */
  readonly most: number
}

/** Looks at the members' client ports all the time while `work` is under way. */
export async function watching<T>(lab: TestLab, work: Promise<T>): Promise<Watched<T>> {
  const closed: string[] = []
  let most = 0
  let over = false
  const watch = async () => {
    while (!over) {
      const open = await Promise.all(lab.hosts.map(({ address }) => isOpen(address)))
      const down = lab.hosts.filter((_, index) => open[index] !== true).map(({ name }) => name)
      closed.push(...down.filter((name) => !closed.includes(name)))
      most = Math.max(most, down.length)
      await sleep(20)
    }
  }
  const watcher = watch()
  const result = await work.finally(() => (over = true))
  await watcher
  return { result, closed, most }
}
