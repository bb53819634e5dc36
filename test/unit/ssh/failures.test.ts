import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/model/failure.ts'
import { abortTrouble, ForwardRefused, refusalReason, socketTrouble } from '../../../src/ssh/failures.ts'

const error = (code: string) => Object.assign(new Error(`connect ${code}`), { code })

describe('a socket that fails', () => {
  it.each([
    ['ECONNREFUSED', 'connection refused'],
    ['EHOSTUNREACH', 'no route to host'],
    ['ENETUNREACH', 'no route to host'],
    ['ETIMEDOUT', 'timed out'],
    ['ENOTFOUND', 'name not found'],
    ['ECONNRESET', 'connection reset'],
  ])('case 1: says in words what %s means', (code, got) => {
    expect(socketTrouble(error(code)).got).toBe(got)
    expect(socketTrouble(error(code)).hint).toMatch(/./)
  })
  it('is told by the first of several addresses', () => {
    expect(socketTrouble(new AggregateError([error('ECONNREFUSED'), error('ENETUNREACH')])).got).toBe(
      'connection refused',
    )
  })
  it('is told as it is where we do not know it', () => {
    expect(socketTrouble(error('EWEIRD')).got).toBe('connect EWEIRD')
  })
})

describe('a forwarded connection that is not opened', () => {
  it.each([
    [1, 'open failed', 'prohibited'],
    [2, 'Connection refused', 'refused'],
    [2, 'No route to host', 'blocked'],
    [2, 'Connection timed out', 'blocked'],
    [2, 'Network is unreachable', 'blocked'],
    [2, 'open failed', 'blocked'],
    [undefined, 'open failed', 'unknown'],
    [2, 'unknown host (no-such-name)', 'unknown'],
    [undefined, 'Not connected', 'unknown'],
  ])('with reason %s and "%s" is %s', (reason, text, is) => {
    expect(refusalReason(reason, text)).toBe(is)
  })
  it('keeps its class and reason when it is told of a host', () => {
    const told = new ForwardRefused({ step: 's', got: 'g', hint: 'h', reason: 'blocked' }).of('zk1')
    expect(told).toBeInstanceOf(ForwardRefused)
    expect(told).toMatchObject({ host: 'zk1', reason: 'blocked' })
  })
})

describe('an abort', () => {
  const aborted = (reason: unknown) => {
    const control = new AbortController()
    control.abort(reason)
    return control.signal
  }
  it('by a deadline says what was waited for', () => {
    const timeout = new DOMException('late', 'TimeoutError')
    expect(abortTrouble(aborted(timeout), 'no answer').got).toBe('timed out: no answer')
  })
  it('with a Failure keeps its words and its exit code', () => {
    const interrupted = new Failure({ step: 's', got: 'interrupted', hint: 'h', exit: 130 })
    expect(abortTrouble(aborted(interrupted), '')).toEqual({ got: 'interrupted', hint: 'h', exit: 130 })
  })
  it('for any other reason is given up', () => {
    expect(abortTrouble(aborted('because'), '').got).toBe('given up')
  })
})
