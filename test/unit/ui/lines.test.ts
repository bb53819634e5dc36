import { expect, test } from 'vitest'
import { lines } from '../../../src/ui/lines.ts'

const plain = (_: unknown, text: string) => text
const shown = (options: { verbose: boolean; quiet: boolean }) => {
  const written: string[] = []
  const view = lines((line) => written.push(line.replace(/^\[[ 0-9.]+s\] /, '')), plain, options)
  return { view, written }
}

test('a reason to wait is one line however often it is told', () => {
  const { view, written } = shown({ verbose: false, quiet: false })
  for (const reason of ['zk2 to sync', 'zk2 to sync', 'one leader']) {
    view.show({ at: 0, task: 'ensemble/zk2', host: 'zk2', is: 'waiting', for: reason })
  }
  view.show({ at: 0, task: 'ensemble/zk2', host: 'zk2', is: 'ended', outcome: 'done', note: 'follower' })
  expect(written).toEqual(['zk2: waits for zk2 to sync', 'zk2: waits for one leader', 'zk2: done: follower'])
})

test('remote calls are shown only when asked for, warnings also when quiet', () => {
  const call = {
    at: 0,
    task: 'hosts/zk1',
    host: 'zk1',
    is: 'call',
    script: 'observe',
    changes: false,
    ms: 12,
    outcome: 'done',
  } as const
  const warning = { at: 0, task: 'connect', is: 'log', level: 'warn', text: 'clocks differ' } as const
  const quiet = shown({ verbose: false, quiet: true })
  const loud = shown({ verbose: true, quiet: false })
  for (const { view } of [quiet, loud]) {
    view.show(call)
    view.show(warning)
  }
  expect(quiet.written).toEqual(['connect: warn: clocks differ'])
  expect(loud.written).toEqual(['zk1: asked observe, 12 ms, done', 'connect: warn: clocks differ'])
})
