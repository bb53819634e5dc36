import { expect, test } from 'vitest'
import { Failure } from '../../../src/model/failure.ts'
import { failuresIn, outcomesOf, together } from '../../../src/model/together.ts'

const failure = (got: string) => new Failure({ step: 's', got, hint: 'h' })
const later = <T>(work: () => T): Promise<T> => new Promise<void>((done) => setTimeout(done, 5)).then(work)
const rejecting = (got: string): Promise<never> => Promise.reject(failure(got))

test('all go to their ends, also behind one that fails, and every failure is told', async () => {
  let isOver = false
  const slow = later(() => {
    isOver = true
    throw failure('b')
  })
  await expect(together([rejecting('a'), slow])).rejects.toMatchObject({ all: [{ got: 'a' }, { got: 'b' }] })
  expect(isOver).toBe(true)
  expect(await together([later(() => 1), Promise.resolve('two')])).toEqual([1, 'two'])
})

test('what ended well is there beside what failed', async () => {
  const { done, failed } = await outcomesOf([Promise.resolve(1), rejecting('a'), Promise.resolve(2)])
  expect(done).toEqual([1, 2])
  expect(failed).toMatchObject([{ got: 'a' }])
})

test('of one work there are its failures, or none', async () => {
  expect(await failuresIn(rejecting('a'))).toMatchObject([{ got: 'a' }])
  expect(await failuresIn(Promise.resolve())).toEqual([])
})
