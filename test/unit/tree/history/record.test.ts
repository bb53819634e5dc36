import { expect, test } from 'vitest'
import { decodeRecord, encodeRecord } from '../../../../src/tree/history/record.ts'
import { failuresFrom, note } from '../build.ts'

const counts = { created: 1, set: 2, deleted: 3, acl: 4, bytes: 5 }
const record = { ...note(), generation: 7, root: 'abc', path: '/dman/config', ...counts }

test('a record comes back as it was written, with its format', () => {
  expect(decodeRecord(encodeRecord(record), 'test')).toEqual(record)
  expect(JSON.parse(encodeRecord(record).toString())).toMatchObject({ format: 1, created: 1 })
})

test('case 42: a record of a later version, or a damaged one, is refused with exit 5', async () => {
  for (const change of [{ format: 2 }, { bytes: -1 }, { acl: '4' }, { who: undefined }, { created: 0.5 }]) {
    const data = Buffer.from(JSON.stringify({ format: 1, ...record, ...change }))
    const [failure] = await failuresFrom(() => decodeRecord(data, 'test'))
    expect(failure, JSON.stringify(change)).toMatchObject({ exit: 5 })
  }
})
