import { expect, test } from 'vitest'
import { completion } from '../../../src/commands/completion.ts'

const commands = [
  { name: 'up', summary: "make it 'so'", options: ['--json', '--yes'] },
  { name: 'tree diff', summary: 'what differs', options: ['--json'] },
  { name: 'tree history', summary: 'generations', options: ['--quiet'] },
]

test.each(['bash', 'zsh', 'fish'])('%s completes commands, those of a group, and their options', (shell) => {
  const text = completion(shell, commands).join('\n')
  for (const word of ['up', 'tree', 'diff', 'history', 'yes']) expect(text).toContain(word)
})

test('another shell is a usage error', () => {
  expect(() => completion('tcsh', commands)).toThrow(expect.objectContaining({ exit: 3 }))
})
