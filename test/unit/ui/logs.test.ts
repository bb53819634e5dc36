import { expect, test } from 'vitest'
import { logLines } from '../../../src/ui/logs.ts'

test('each line of an entry stands behind its host, and gives the terminal no orders', () => {
  const lines: string[] = []
  const view = logLines(
    (line) => lines.push(line),
    (style, text) => `<${String(style)}>${text}`,
    ['zk1', 'zk10'],
    { show: () => undefined, rest: () => Promise.resolve() },
  )
  const event = { at: 0, task: 'logs/zk1', is: 'entry', file: 'zookeeper.log', time: null } as const
  view.show({ ...event, host: 'zk1', text: 'a\u001b[2J\tb\r\n  at ü' })
  view.show({ ...event, host: 'zk10', text: 'c' })
  expect(lines).toEqual(['<cyan>zk1  a\\x1b[2J\tb\\x0d', '<cyan>zk1    at ü', '<magenta>zk10 c'])
})
