import { expect, test } from 'vitest'
import { shortZxid } from '../../../src/model/zxid.ts'

test('a zxid is shown without its leading zeros, but for the last', () =>
  expect(['0000000100000010', 'f00000001', '0000000000000000'].map(shortZxid)).toEqual([
    '0x100000010',
    '0xf00000001',
    '0x0',
  ]))
