import { expect, test } from 'vitest'
import { DialRefused } from '../../../src/model/dial.ts'
import {
  exitOf,
  Failure,
  Failures,
  failuresOf,
  Interrupted,
  LockHeld,
  LockLost,
  NoMajority,
  NotBegun,
  onHost,
  OutcomeUnknown,
  Refused,
  throwAll,
  Unreachable,
} from '../../../src/model/failure.ts'
import { ForwardRefused } from '../../../src/ssh/failures.ts'
import { BadAcl } from '../../../src/tree/acl.ts'

const failure = (exit: 1 | 3 | 4 | 5 | 6 | 130) => new Failure({ step: 's', got: 'g', hint: 'h', exit })

test.each([
  [[1, 4], 4],
  [[4, 5], 5],
  [[5, 6], 6],
  [[6, 3], 3],
  [[1, 130], 130],
] as const)('of the exits %j the code is %d', (exits, code) => expect(exitOf(exits.map(failure))).toBe(code))

test('several failures come out of whatever carried them', () => {
  expect(failuresOf(new Failures([failure(4), failure(5)])).map(({ exit }) => exit)).toEqual([4, 5])
  expect(failuresOf(new AggregateError([failure(6), new Failures([failure(3)])])).map(({ exit }) => exit)).toEqual([
    6, 3,
  ])
})

test('what fails is always told, also where nobody said why', () => {
  for (const thrown of [new Failures([]), new AggregateError([])])
    expect(failuresOf(thrown, 'start')).toMatchObject([{ got: 'it failed, and nothing says why', exit: 1 }])
})

test('what there is of failures is thrown', () => {
  expect(() => throwAll([])).not.toThrow()
  expect(() => throwAll([failure(4)])).toThrow(Failures)
})

test('a defect of ours is told as one', () => {
  expect(failuresOf(new TypeError('x is not a function'))).toMatchObject([{ got: 'x is not a function', exit: 1 }])
})

const parts = { step: 's', got: 'g', hint: 'h', cause: new Error('c') }

test.each([
  [new Failure(parts), Failure, 1],
  [new Unreachable(parts), Unreachable, 4],
  [new OutcomeUnknown(parts), OutcomeUnknown, 4],
  [new Interrupted(parts), Interrupted, 130],
  [new BadAcl(parts), BadAcl, 3],
  [new LockHeld(parts), LockHeld, 6],
  [new LockLost(parts), LockLost, 6],
  [new NoMajority(parts), NoMajority, 4],
  [new NotBegun({ ...parts, exit: 4 }), NotBegun, 4],
  [new Refused(parts), Refused, 5],
  [new DialRefused({ ...parts, exit: 4 }), DialRefused, 4],
  [new ForwardRefused({ ...parts, reason: 'blocked' }), ForwardRefused, 1],
])('%s keeps its class and all it says when its host is named', (failure, itsClass, exit) => {
  const named = failure.of('zk1')
  expect(named.constructor).toBe(itsClass)
  expect(named.parts()).toEqual({ ...failure.parts(), host: 'zk1' })
  expect([named.exit, named.message]).toEqual([exit, 'zk1: s: g'])
  expect(named.of('zk2')).toBe(named)
})

test('a call of unknown outcome is a host out of reach, but not the other way round', () => {
  expect(new OutcomeUnknown(parts)).toBeInstanceOf(Unreachable)
  expect(new Unreachable(parts)).not.toBeInstanceOf(OutcomeUnknown)
})

const plain = (got: string) => new Failure({ step: 's', got, hint: 'h' })

test('a failure names the host it came of, unless it names one', async () => {
  await expect(onHost('zk1', () => Promise.reject(plain('a')))).rejects.toMatchObject({
    all: [{ host: 'zk1', got: 'a' }],
  })
  await expect(onHost('zk1', () => Promise.reject(plain('a').of('zk2')))).rejects.toMatchObject({
    all: [{ host: 'zk2' }],
  })
  expect(await onHost('zk1', () => Promise.resolve(1))).toBe(1)
})
