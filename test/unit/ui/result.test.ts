import { expect, test } from 'vitest'
import type { StatusDocument, WritePause } from '../../../src/model/documents.ts'
import { resultDocument, resultLines, resultText } from '../../../src/ui/result.ts'

const status: StatusDocument = { ensemble: 'dman', quorum: true, healthy: true, leader: null, members: [], trees: [] }
const result = (pauses?: readonly WritePause[]) => ({
  ...{ is: 'status' as const, status, connect: '' },
  ...(pauses === undefined ? {} : { pauses }),
})
const last = (pauses?: readonly WritePause[]) => resultLines(result(pauses), (_, text) => text, false).at(-1)

test('how long writes were impossible is told where members were restarted, and nowhere else', () => {
  expect(last([{ host: 'zk3', at_most_ms: 1234 }])).toBe(
    'writes: impossible for at most 1.23 s, while zk3 was restarted or moved',
  )
  expect(last([{ host: 'zk3', at_most_ms: null }])).toBe('writes: impossible since zk3 was restarted or moved')
  expect(last([])).toBe('writes: no restart took the leader or a majority away')
  expect(last()).toBe('connect: ')
  expect(resultDocument(result([{ host: 'zk3', at_most_ms: 5 }]))).toMatchObject({
    ensemble: 'dman',
    pauses: [{ host: 'zk3', at_most_ms: 5 }],
  })
  expect(resultDocument(result())).toBe(status)
})

test('a plan that is refused is never told as nothing to do; one that only ends early is told as a plan', () => {
  const plan = { version: 1 as const, ensemble: 'dman', changes: [], steps: [], restarts: [] }
  const why = [{ host: 'zk1', step: 's', got: 'g', hint: 'h' }]
  const told = (more: object) => resultLines({ is: 'plan', plan: { ...plan, ...more } }, (_, text) => text, false)
  expect(told({})).toEqual(['dman: nothing to do'])
  expect(told({ refusals: why })).toEqual(['dman: refused; the errors say why'])
  const steps = [{ kind: 'restart', hosts: ['zk1'], reason: 'heap' }]
  expect(told({ steps, ends: why }).join('\n')).not.toContain('refused')
})

test('the last document of a watch is one line as those before it', () => {
  expect(resultText(result(), { watch: true })).toBe(JSON.stringify(status))
  expect(resultText(result(), {}).split('\n').length).toBeGreaterThan(1)
})
