import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Entry, Logged } from '../../../../src/hosts/logs/entries.ts'
import { mergeLogs, type Source } from '../../../../src/hosts/logs/merge.ts'
import { Failure } from '../../../../src/model/failure.ts'

const entry = (host: string, at: number | null, file = 'zookeeper.log'): Entry => ({ host, file, at, text: `${at}` })

async function* given(all: readonly (Logged | Failure | number)[]): AsyncGenerator<Logged, void> {
  for (const one of all) {
    if (one instanceof Failure) throw one
    if (typeof one === 'number') await sleep(one)
    else yield one
  }
}
const source = (host: string, all: readonly (Logged | Failure | number)[]): Source => ({ host, entries: given(all) })

async function merged(sources: readonly Source[], patience = 30) {
  const shown: string[] = []
  const failures: Failure[] = []
  await mergeLogs(sources, {
    show: ({ host, at }) => shown.push(`${host} ${at ?? '-'}`),
    lost: (failure) => failures.push(failure),
    patience,
  })
  return { shown, failures }
}

describe('logs of many hosts', () => {
  it('are shown in the order of their times, each host’s own order kept', async () => {
    const times = fc.array(fc.nat(50), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(fc.array(times, { minLength: 1, maxLength: 4 }), async (hosts) => {
        const sorted = hosts.map((each) => [...each].sort((a, b) => a - b))
        const { shown } = await merged(
          sorted.map((each, n) => source(`zk${n}`, [...each.map((at) => entry(`zk${n}`, at)), 'live'])),
        )
        const at = shown.map((line) => Number(line.split(' ')[1]))
        expect(at).toEqual(hosts.flat().sort((a, b) => a - b))
      }),
      { numRuns: 30 },
    )
  })

  it('has what Java printed where its file was written', async () => {
    const one = [entry('a', 5, 'server.out'), entry('a', 1), entry('a', 9), 'live'] as const
    expect((await merged([source('a', one), source('b', [entry('b', null), entry('b', 4)])])).shown).toEqual([
      'b -',
      'a 1',
      'b 4',
      'a 5',
      'a 9',
    ])
  })

  it('sorts what comes live by a moment’s patience', async () => {
    const { shown } = await merged(
      [
        source('a', [entry('a', 1), 'live', 10, entry('a', 30), 10, entry('a', 50)]),
        source('b', ['live', 15, entry('b', 20), 300, entry('b', 10)]),
      ],
      100,
    )
    expect(shown).toEqual(['a 1', 'b 20', 'a 30', 'a 50', 'b 10'])
  })

  it('goes on without a host that is lost, and names it', async () => {
    const gone = new Failure({ step: 'logs', got: 'gone', hint: '', exit: 4 })
    const { shown, failures } = await merged([
      source('a', [entry('a', 1), gone]),
      source('b', [entry('b', 2), 'live', 20, entry('b', 3)]),
      source('c', ['live', gone]),
    ])
    expect(shown).toEqual(['a 1', 'b 2', 'b 3'])
    expect(failures.map(({ host, exit }) => `${host} ${exit}`)).toEqual(['a 4', 'c 4'])
  })

  it('holds no flood back', async () => {
    let shown = 0
    const flood = Array.from({ length: 20_000 }, (_, n) => entry('a', n))
    const merging = mergeLogs([source('a', ['live', ...flood, 50, entry('a', 1e6)])], {
      show: () => void (shown += 1),
      lost: () => undefined,
      patience: 3_600_000,
    })
    await sleep(40)
    expect(shown).toBeGreaterThanOrEqual(14_900)
    await merging
    expect(shown).toBe(20_001)
  })
})
