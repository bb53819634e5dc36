import type { Event } from '../model/event.ts'

/** One way of showing what happens while a command runs. `end` leaves the terminal as it was. */
export interface View {
  show(event: Event): void
  end(): Promise<void>
}

export const silent: View = { show: () => undefined, end: () => Promise.resolve() }

/** Where a task is: `zk1 java` for hosts/zk1/java, `app` for trees/app. */
export const where = ({ task, host }: Event): string => {
  const parts = task.split('/').slice(1)
  return [...(host === undefined || parts.includes(host) ? [] : [host]), ...parts].join(' ') || task
}
