import { expect, test } from 'vitest'
import { eventPlanLines, planLines } from '../../../src/ui/plan.ts'

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

test('a run shows the first changes of a large tree, a plan all of them', () => {
  const change = { kind: 'create', reason: 'new' }
  const changes = Array.from({ length: 20_000 }, (_, index) => ({
    ...change,
    path: `/${index}`,
    summary: `create /${index}`,
  }))
  const plan = { version: 1 as const, ensemble: 'dman', changes, steps: [], restarts: [] }
  const shown = eventPlanLines(plan, plain)
  expect(shown).toHaveLength(43)
  expect(shown.slice(-3)).toEqual(['  + create /39  (new)', '  … and 19960 more: `--dry-run` shows them all', ''])
  expect(planLines(plan, plain)).toHaveLength(20_002)
})

test('passwords and trees have headings of their own, behind the hosts', () => {
  const change = (kind: string, of: { host?: string; path?: string }) => ({ kind, summary: kind, reason: 'new', ...of })
  const changes = [
    change('set', { path: '/a' }),
    change('make-password', {}),
    change('conf', { host: 'zk1', path: 'c' }),
  ]
  const lines = planLines({ version: 1, ensemble: 'dman', changes, steps: [], restarts: [] }, plain)
  expect(lines.filter((line) => /^\S/.test(line))).toEqual(['zk1', 'trees', 'passwords'])
})

test('a step that is none of a host names none', () => {
  const steps = [{ kind: 'wait', hosts: [], reason: 'for zk1 to serve' }]
  const lines = planLines({ version: 1, ensemble: 'dman', changes: [], steps, restarts: [] }, plain)
  expect(lines).toEqual(['steps', '  1. wait  (for zk1 to serve)', ''])
})
