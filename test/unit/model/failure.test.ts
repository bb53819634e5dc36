import { expect, test } from 'vitest'
import { exitOf, Failure, Failures, failuresOf } from '../../../src/model/failure.ts'

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

test('a defect of ours is told as one', () => {
  expect(failuresOf(new TypeError('x is not a function'))).toMatchObject([{ got: 'x is not a function', exit: 1 }])
})
