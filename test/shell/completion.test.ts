import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { completion } from '../../src/commands/completion.ts'

const commands = [
  { name: 'up', summary: "make it 'so'", options: ['--json', '--yes'] },
  { name: 'tree diff', summary: 'what differs', options: ['--json'] },
  { name: 'tree history', summary: 'generations', options: ['--quiet'] },
]

test.each([
  [['t'], ['tree']],
  [
    ['tree', ''],
    ['diff', 'history'],
  ],
  [['tree', 'history', '--'], ['--quiet']],
  [
    ['up', '--'],
    ['--json', '--yes'],
  ],
])('bash offers after %j: %j', (words, offered) => {
  const script = [
    ...completion('bash', commands),
    `COMP_WORDS=(dman-bootstrap ${words.map((word) => `'${word}'`).join(' ')})`,
    `COMP_CWORD=${words.length}`,
    '_dman_bootstrap',
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n')
  expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n')).toEqual(offered)
})
