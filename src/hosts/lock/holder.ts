import { type Operator, processStart } from '../../local/operator.ts'
import type { Holder } from './state.ts'

/**
 * This run as the lock's holder; `token` is 16 to 64 hex digits, random. Where this machine does not tell when processes started
 * nobody's is taken for gone: the lock's heartbeat has to tell.
 */
export const holderFor = (
  { who, machine, boot, pid, start }: Operator,
  token: string,
  startOf: (pid: number) => string | undefined = processStart,
): Holder => ({
  token,
  who,
  operator: { machine, boot, pid, start },
  lives: (other, since) => startOf(pid) === undefined || since === 'unknown' || startOf(other) === since,
})
