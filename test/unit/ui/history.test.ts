import { expect, test } from 'vitest'
import { historyLines } from '../../../src/ui/history.ts'

test('a line a generation, the newest first, and nothing in it that a terminal would obey', () => {
  const common = {
    who: 'ann@desk',
    run: 'r',
    at: '2024-05-01T10:00:00Z',
    created: 3,
    set: 0,
    deleted: 0,
    acl: 0,
    bytes: 7,
  }
  const lines = historyLines({
    tree: 'app',
    path: '/dman/config',
    generations: [
      { ...common, generation: 2, reason: 'new \u001b[31mkeys\n', created: 0, set: 1, deleted: 2, acl: 1, bytes: 2048 },
      { ...common, generation: 1, reason: '' },
    ],
  })
  expect(lines.slice(0, 2)).toEqual([
    'app at /dman/config',
    expect.stringMatching(/^GENERATION +APPLIED +BY +ZNODES +WRITTEN +REASON$/),
  ])
  expect(lines[2]).toMatch(/^2 +2024-05-01T10:00:00Z +ann@desk +\+0 ~1 -2, 1 ACLs +2\S* \S+ +new {2}\[31mkeys$/)
  expect(lines[3]).toMatch(/^1 .* \+3 ~0 -0 +7 \S+$/)
})
