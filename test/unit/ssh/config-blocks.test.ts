import { describe, expect, it } from 'vitest'
import { blockOf } from '../../../src/ssh/config-blocks.ts'
import { ConfigProblem, parseConfig } from '../../../src/ssh/config-lines.ts'

const now = { asked: 'zk1', name: 'zk1', address: '10.0.0.11', user: 'dman', localUser: 'ann', isFinal: false }
const judged = (text: string) => {
  const [line] = parseConfig(text, 'f')
  if (line === undefined) throw new Error('no line')
  return blockOf(line, now).applies
}

describe('Host', () => {
  it.each(['Host zk1', 'Host other zk*', 'Host zk? !zk2', 'Host *'])('%s applies', (text) => {
    expect(judged(text)).toBe('yes')
  })
  it.each(['Host zk', 'Host !zk1', 'Host * !zk1', 'Host !zk2', 'Host ZK1', 'Host zk1,zk2', 'Host 10.*'])(
    '%s does not',
    (text) => {
      expect(judged(text)).toBe('no')
    },
  )
})

describe('Match', () => {
  it.each([
    ...[
      'Match all',
      'Match host 10.* user dman',
      'Match originalhost ZK1',
      'Match user "d*,!dora"',
      'Match host=10.0.0.11',
    ],
    ...['Match localuser ann !user root', 'Match !host 10.0.0.12', 'Match !final all'],
  ])('%s applies', (text) => {
    expect(judged(text)).toBe('yes')
  })
  it.each([
    'Match host zk1',
    'Match user dman,!d*',
    'Match !all',
    'Match final',
    'Match canonical',
    'Match user root all',
  ])('%s does not', (text) => {
    expect(judged(text)).toBe('no')
  })
  it('of what is looked at nowhere stays unknown, unless another criterion decides', () => {
    expect(judged('Match host 10.* exec "touch /tmp/x"')).toEqual({ unknown: '`Match exec`' })
    expect(judged('Match !localnetwork 10.0.0.0/8')).toEqual({ unknown: '`Match !localnetwork`' })
    expect(judged('Match exec "true" host other')).toBe('no')
    expect(judged('Match user root exec "true"')).toBe('no')
  })
})

it.each(['Host', 'Match', 'Match host', 'Match all user'])('%s is no condition', (text) => {
  expect(() => judged(text)).toThrow(ConfigProblem)
})
