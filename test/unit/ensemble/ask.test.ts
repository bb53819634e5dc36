import { expect, it } from 'vitest'
import { askingOf } from '../../../src/ensemble/ask.ts'
import { DialRefused } from '../../../src/model/dial.ts'
import { Failure, Unreachable } from '../../../src/model/failure.ts'

const what = { host: 'zk1', step: 'connect to 10.0.0.1:2180', got: 'refused', hint: 'nothing listens there' }
const asked = (why: Failure) =>
  askingOf(() => Promise.reject(why)).serving('zk1', { address: '10.0.0.1', port: 2180 }, false)

it('a closed port is an answer: nothing serves there', async () => {
  expect(await asked(new DialRefused(what))).toEqual({ is: 'absent' })
})

it.each([new Failure(what), new Unreachable(what)])(
  'anything else says nothing of the member, whatever its words',
  async (why) => {
    expect(await asked(why)).toEqual({ is: 'unknown', why })
  },
)
