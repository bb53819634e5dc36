import { expect, test } from 'vitest'
import { planLines } from '../../../src/ui/plan.ts'

const plain = (_: unknown, text: string) => text

test('an empty plan is one line', () => {
  expect(planLines({ version: 1, ensemble: 'dman', changes: [], steps: [], restarts: [] }, plain)).toEqual([
    'dman: nothing to do',
  ])
})

test('the same changes of several hosts are shown once, with their diff, and steps are numbered', () => {
  const change = {
    kind: 'conf',
    path: 'releases/conf-1',
    summary: 'write conf-1',
    reason: 'tickTime',
    diff: '-tickTime=1\n+tickTime=2\n',
  }
  const lines = planLines(
    {
      version: 1,
      ensemble: 'dman',
      changes: ['zk1', 'zk2'].map((host) => ({ host, ...change })),
      steps: [{ kind: 'restart', hosts: ['zk2'], reason: 'runs conf-0' }],
      restarts: [],
    },
    plain,
  )
  expect(lines).toEqual([
    'zk1, zk2',
    '  + write conf-1  (tickTime)',
    '      -tickTime=1',
    '      +tickTime=2',
    '',
    'steps',
    '  1. restart zk2  (runs conf-0)',
    '',
  ])
})
