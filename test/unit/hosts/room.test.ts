import { expect, test } from 'vitest'
import { hostProblems, oldAsides, roomProblems } from '../../../src/hosts/room.ts'
import { host } from './build.ts'

const MiB = 1024 * 1024
const filesystem = { ...host(1).facts.machine.filesystem, totalBytes: 100_000 * MiB, totalInodes: 100_000 }

test.each([
  ['room', { freeBytes: 20_000 * MiB, freeInodes: 50_000 }, []],
  ['much room on a large disk', { freeBytes: 5_000 * MiB, totalBytes: 2e6 * MiB, freeInodes: 50_000 }, []],
  ['less than a tenth', { freeBytes: 4_000 * MiB, freeInodes: 50_000 }, ['4000 of 100000 MiB']],
  ['little of a small disk', { freeBytes: 250 * MiB, totalBytes: 400 * MiB, freeInodes: 50_000 }, ['250 of 400 MiB']],
  ['few inodes', { freeBytes: 20_000 * MiB, freeInodes: 4_999 }, ['4999 of 100000 inodes']],
  ['nothing', { freeBytes: 0, freeInodes: 0 }, ['0 of 100000 MiB', '0 of 100000 inodes']],
  ['inodes as needed', { freeBytes: 20_000 * MiB, freeInodes: 0, totalInodes: 0, type: 'btrfs' }, []],
])('%s', (_, more, told) => {
  expect(roomProblems({ filesystem: { ...filesystem, ...more } })).toEqual(
    told.map((words) => `its disk fills: ${words} are free`),
  )
})

test('former data is told, and all but the newest three is old', () => {
  expect(hostProblems(host(1).laid().facts)).toEqual([])
  const asides = ['data/aside.4-a', 'data/aside.2-repair', 'data/aside.1-b', 'data/aside.3-a']
  expect(oldAsides(asides)).toEqual(['data/aside.1-b'])
  expect(hostProblems(host(1).laid({ asides: ['data/aside.1-b'] }).facts)).toEqual([
    'former data is set aside in data/aside.1-b: delete it once nobody needs it',
  ])
  const two = host(1).laid({ asides: ['data/aside.1-b', 'data/aside.2-repair'] }).facts
  expect(hostProblems(two)[0]).toMatch(/2 times, last in/)
})
