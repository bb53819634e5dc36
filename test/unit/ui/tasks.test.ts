import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Event, EventBody } from '../../../src/model/event.ts'
import { tasks } from '../../../src/ui/tasks.ts'

// Listr asks the process's own stdout whether it may draw.
const wasTTY = process.stdout.isTTY
beforeEach(() => void (process.stdout.isTTY = true))
afterEach(() => void (process.stdout.isTTY = wasTTY))

const names = { hosts: ['zk1', 'zk2'], trees: [] }
const at = (task: string, body: EventBody): Event => ({ at: 0, task, ...body })
const begun = (task: string, title: string) => at(task, { is: 'begun', title })
const ended = (task: string, outcome: 'done' | 'failed' | 'unknown', note?: string) =>
  at(task, { is: 'ended', outcome, ...(note === undefined ? {} : { note }) })

/** What stays on the terminal: the last frame of each heading, without colours. */
async function left(...events: readonly Event[]): Promise<string[]> {
  const written: string[] = []
  const terminal = new PassThrough()
  terminal.on('data', (chunk) => written.push(String(chunk)))
  const output = Object.assign(terminal, { columns: 200, rows: 50, isTTY: true }) as unknown as NodeJS.WriteStream
  const nothing = () => []
  const view = tasks(names, nothing, nothing, output)
  for (const event of events) {
    view.show(event)
    // What is drawn by now takes the event another way than what is still to be drawn.
    await new Promise((resolve) => setImmediate(resolve))
  }
  await view.rest()
  const frames = stripVTControlCharacters(written.join(''))
    .trimEnd()
    .split(/\n(?! )/)
  const heading = (frame: string) => /\w+/.exec(frame)?.[0]
  const last = frames.filter((frame, i) => heading(frame) !== heading(frames[i + 1] ?? ''))
  return last.flatMap((frame) => frame.split('\n'))
}

const marked = [begun('restore/zk1', 'is marked'), ended('restore/zk1', 'done', 'is marked')]

test('all went well: every line is ticked, and a heading says no longer what it waited for', async () => {
  const waits = at('lock', { is: 'waiting', for: 'the lock of zk1' })
  const up = begun('hosts/zk1', '2 changes')
  const made = ended('hosts/zk1', 'done', '2 changes made')
  expect(await left(begun('lock', 'lock'), waits, ended('lock', 'done'), up, made)).toEqual([
    '✔ Lock',
    '✔ Hosts',
    '  ✔ zk1  2 changes made',
    '  ✔ zk2',
  ])
})

test('a lock that was not taken is no tick', async () => {
  expect(await left(begun('lock', 'lock'), ended('lock', 'failed'))).toEqual(['✖ Lock  failed'])
  const waits = at('lock', { is: 'waiting', for: 'the lock of zk1' })
  expect(await left(begun('lock', 'lock'), waits)).toEqual(['✖ Lock  waits for the lock of zk1, not finished'])
})

test('a lock that could not be taken away on one host is no tick, whatever comes of the others', async () => {
  const both = [begun('lock/zk1', 'is taken away'), begun('lock/zk2', 'is taken away')]
  expect(await left(...both, ended('lock/zk1', 'unknown'), ended('lock/zk2', 'done'))).toEqual(['✖ Lock  zk1 unknown'])
})

test.each(['failed', 'unknown'] as const)('a host whose restore ended as %s is no tick', async (outcome) => {
  expect(await left(...marked, begun('restore/zk2', 'is marked'), ended('restore/zk2', outcome))).toEqual([
    '⚠ Restore',
    '  ✔ zk1  is marked',
    `  ✖ zk2  ${outcome}`,
  ])
})

test('a host that fails in a later part of a restore is no tick for the part before', async () => {
  expect(await left(...marked, begun('restore/zk1', 'gets the data'), ended('restore/zk1', 'failed'))).toEqual([
    '⚠ Restore',
    '  ✖ zk1  failed',
    '  ✔ zk2',
  ])
})

test('a host that began and never ended is not finished', async () => {
  expect(await left(begun('hosts/zk1', 'is removed'), begun('hosts/zk2', 'is removed'))).toEqual([
    '⚠ Hosts',
    '  ✖ zk1  is removed, not finished',
    '  ✖ zk2  is removed, not finished',
  ])
  expect(await left(begun('hosts/zk1', 'is removed'), ...marked)).toEqual([
    '⚠ Hosts',
    '  ✖ zk1  is removed, not finished',
    '  ✔ zk2',
    '✔ Restore',
    '  ✔ zk1  is marked',
    '  ✔ zk2',
  ])
})
