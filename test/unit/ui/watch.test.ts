import { expect, test } from 'vitest'
import type { Event } from '../../../src/model/event.ts'
import { watch } from '../../../src/ui/watch.ts'

const status = { ensemble: 'dman', quorum: true, healthy: true, leader: null, members: [], trees: [] }
const shown: Event = { at: 0, task: 'status', is: 'status', status, connect: '' }
const warning: Event = { at: 0, task: 'trees', is: 'log', level: 'warn', text: 'damaged' }

/** What is written, and what is left to the other view. */
function watching(how: { json: boolean; terminal: boolean }) {
  const [written, left]: [string[], Event[]] = [[], []]
  const other = { show: (event: Event) => void left.push(event), rest: () => Promise.resolve() }
  const view = watch(
    (text) => void written.push(text),
    (_, text) => text,
    how,
    other,
  )
  for (const event of [warning, shown]) view.show(event)
  return { written, left }
}

test('each document is one line, and what warns is told elsewhere', () => {
  const { written, left } = watching({ json: true, terminal: false })
  expect(written).toEqual([`${JSON.stringify(status)}\n`])
  expect(left).toEqual([warning])
})

test('on a terminal nothing comes between two tables', () => {
  const { written, left } = watching({ json: false, terminal: true })
  expect(written).toEqual([expect.stringContaining('dman: ')])
  expect(left).toEqual([])
})
