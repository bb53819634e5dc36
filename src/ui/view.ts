import type { Event } from '../model/event.ts'

/**
 * One way of showing what happens while a command runs. `rest` ends what is drawn and shows what was held back: before a question, and at
 * the end.
 */
export interface View {
  show(event: Event): void
  rest(): Promise<void>
}

/** Where a task is: `zk1 java` for hosts/zk1/java, `app` for trees/app. */
export const where = ({ task, host }: Event): string => {
  const parts = task.split('/').slice(1)
  return [...(host === undefined || parts.includes(host) ? [] : [host]), ...parts].join(' ') || task
}
