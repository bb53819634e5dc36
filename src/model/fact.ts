import type { Failure } from './failure.ts'

/** What was observed of one thing. Unknown is never treated as absent: whoever plans has to look at all three. */
export type Fact<T> = { is: 'present'; value: T } | { is: 'absent' } | { is: 'unknown'; why: Failure }

/** What was found out, one way or the other. */
export type Found<T> = Exclude<Fact<T>, { is: 'unknown' }>

export const present = <T>(value: T): { is: 'present'; value: T } => ({ is: 'present', value })
export const absent: { is: 'absent' } = { is: 'absent' }
export const unknown = (why: Failure): Fact<never> => ({ is: 'unknown', why })
