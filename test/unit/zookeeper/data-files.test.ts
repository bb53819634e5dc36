import { expect, test } from 'vitest'
import { epochOf, isData, newestSet, zxidOf } from '../../../src/zookeeper/data-files.ts'

test('names tell kind and zxid', () => {
  expect(zxidOf('snapshot.1f', 'snapshot')).toBe('000000000000001f')
  expect(zxidOf('snapshot.1f.gz', 'snapshot')).toBe('000000000000001f')
  expect(zxidOf('log.300000001', 'log')).toBe('0000000300000001')
  for (const name of ['currentEpoch', 'log.1f.gz', 'snapshot.', 'snapshot.1f.new', 'log.xyz'])
    expect(isData(name), name).toBe(false)
  expect(epochOf('0000000300000001')).toBe(3)
})

const names = [
  'currentEpoch',
  'log.1',
  'log.100000001',
  'log.20000000a',
  'log.200000100',
  'snapshot.0',
  'snapshot.200000050',
  'snapshot.200000101',
]

test('a set is the newest whole snapshot, and all logs from the one that its zxid is in', () => {
  expect(newestSet(names, new Set(['snapshot.0', 'snapshot.200000050']))).toEqual({
    snapshot: 'snapshot.200000050',
    logs: ['log.20000000a', 'log.200000100'],
  })
  // zxids of names are numbers: a longer one is higher
  expect(newestSet([...names, 'log.a', 'snapshot.a'], new Set(['snapshot.a', 'snapshot.0']))?.snapshot).toBe(
    'snapshot.a',
  )
  expect(newestSet(names, new Set(['snapshot.0']))?.logs).toEqual([
    'log.1',
    'log.100000001',
    'log.20000000a',
    'log.200000100',
  ])
})

test('a log that begins right at the snapshot is the first, and none may be there', () => {
  expect(newestSet(['snapshot.5', 'log.1', 'log.5'], new Set(['snapshot.5']))?.logs).toEqual(['log.5'])
  expect(newestSet(['snapshot.5'], new Set(['snapshot.5']))).toEqual({ snapshot: 'snapshot.5', logs: [] })
})

test('there is no set without a whole snapshot', () => {
  expect(newestSet(names, new Set())).toBeUndefined()
})
