import type { Event } from '../model/event.ts'

/** One way of showing what happens while a command runs. `end` leaves the terminal as it was. */
export interface View {
  show(event: Event): void
  end(): Promise<void>
}

export const silent: View = { show: () => undefined, end: () => Promise.resolve() }
