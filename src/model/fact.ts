import type { Failure } from './failure.ts'

/** What was observed of one thing. Unknown is never treated as absent: whoever plans has to look at all three. */
export type Fact<T> = { is: 'present'; value: T } | { is: 'absent' } | { is: 'unknown'; why: Failure }

export const present = <T>(value: T): Fact<T> => ({ is: 'present', value })
export const absent: Fact<never> = { is: 'absent' }
export const unknown = (why: Failure): Fact<never> => ({ is: 'unknown', why })
