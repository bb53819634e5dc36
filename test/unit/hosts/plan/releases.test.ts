import { describe, expect, it } from 'vitest'
import { desiredHost } from '../../../../src/hosts/desired.ts'
import { spareReleases } from '../../../../src/hosts/plan/releases.ts'
import { absent, present, unknown } from '../../../../src/model/fact.ts'
import { Failure } from '../../../../src/model/failure.ts'
import { type LaidFacts, unknownConf } from '../../../../src/remote/host-facts.ts'
import { archive, host, inventory, materials } from '../build.ts'

// A host through its life: each letter is a conf release with an archive of ZooKeeper of its own, and all run with one Java.
const wantOf = (label: string) => desiredHost(inventory(), 'zk1', materials({ zookeeper: archive('zookeeper', label) }))
const java = archive('java').release
const confOf = (label: string) => wantOf(label).conf.release
const zookeeperOf = (label: string) => archive('zookeeper', label).release

/** That host: what lies there, what served last and before that, what runs. */
function laidOf(
  there: string,
  { served, previous, runs = served }: { served?: string; previous?: string; runs?: string },
  more: Partial<LaidFacts> = {},
): LaidFacts {
  const labels = there.split('')
  const fact = (label: string | undefined) => (label === undefined ? absent : present(confOf(label)))
  return host(1).laid({
    releases: [java, ...labels.flatMap((label) => [confOf(label), zookeeperOf(label)])],
    linked: Object.fromEntries(labels.map((label) => [confOf(label), [java, zookeeperOf(label)]])),
    current: fact(runs),
    served: fact(served),
    previous: fact(previous),
    server: runs === undefined ? absent : present({ pid: 1, start: '1', nonce: 'n', conf: confOf(runs), alive: true }),
    ...more,
  }).laidFacts
}

/** The letters of which a conf release goes, and those of which ZooKeeper does: `now|serves`. */
function gone(want: string, laid: LaidFacts, notes = ''): string {
  const { now, serves } = spareReleases(wantOf(want), laid, notes.split('').map(confOf))
  expect([...now, ...serves]).not.toContain(java)
  const letters = (releases: readonly string[]) =>
    'abcdx'
      .split('')
      .map((label) => [confOf(label), zookeeperOf(label)].filter((one) => releases.includes(one)).length)
      .map((count, index) => (count === 0 ? '' : `${'abcdx'[index] ?? ''}${count === 2 ? '' : '?'}`))
      .join('')
  return `${letters(now)}|${letters(serves)}`
}

describe('releases that go', () => {
  it.each([
    ['nothing from a bare host', 'a', laidOf('', {}), '|'],
    ['nothing where the current and the previous are there', 'b', laidOf('ab', { served: 'b', previous: 'a' }), '|'],
    ['nothing while a first roll goes on', 'b', laidOf('a', { served: 'a' }), '|'],
    ['what is older than the previous, once all serve', 'c', laidOf('ab', { served: 'b', previous: 'a' }), '|a'],
    ['nothing on the way back to the previous', 'a', laidOf('ab', { served: 'b', previous: 'a' }), '|'],
    ['what a failed try left, before the next is laid', 'd', laidOf('abx', { served: 'b', previous: 'a' }), 'x|a'],
    [
      'what a failed try left, when the inventory is put back',
      'b',
      laidOf('abx', { served: 'b', previous: 'a' }),
      '|x',
    ],
    [
      'nothing at once where a roll was cut short behind this member',
      'c',
      laidOf('abc', { served: 'c', previous: 'b' }),
      '|a',
    ],
    ['nor where it runs and was not noted yet', 'c', laidOf('abc', { served: 'b', previous: 'a', runs: 'c' }), '|a'],
    ['what never served, once something does', 'b', laidOf('a', { runs: 'a' }), '|a'],
    ['all that is old on a host whose member lost its notes, once it serves', 'b', laidOf('ax', { runs: 'a' }), 'x|a'],
  ])('%s', (_, want, laid, expected) => expect(gone(want, laid)).toBe(expected))

  it('what served before one that runs, which is noted only now, and is the one to go back to', () => {
    const laid = laidOf('abc', { served: 'b', previous: 'a', runs: 'c' })
    expect(gone('d', laid, 'cd')).toBe('|ab')
    expect(gone('d', laid, 'd'), 'it never came to serve').toBe('|ac')
  })

  it('never while something of what is in use is not known', () => {
    const facts = { served: 'b', previous: 'a' }
    const why = unknown(new Failure({ step: 'observe', got: 'EIO', hint: '' }))
    for (const key of ['current', 'served', 'previous', 'server'] as const)
      expect(gone('d', laidOf('abx', facts, { [key]: why })), key).toBe('|')
    const server = present({ pid: 1, start: '1', nonce: 'n', conf: unknownConf, alive: true })
    expect(gone('d', laidOf('abx', facts, { server }))).toBe('|ax')
  })

  it('no archive where the links of a conf release that stays are not known', () => {
    expect(gone('d', laidOf('abx', { served: 'b', previous: 'a' }, { linked: {} }))).toBe('x?|a?')
  })

  it('a conf release that somebody deleted needs nothing', () => {
    const laid = laidOf('abx', { served: 'b', previous: 'a' })
    const releases = laid.releases.filter((release) => release !== confOf('a'))
    expect(gone('d', { ...laid, releases })).toBe('a?x|')
  })
})
