import { expect, test } from 'vitest'
import { completion } from '../../../src/commands/completion.ts'

const commands = [{ name: 'up', summary: "make it 'so'", options: ['--json', '--yes'] }]

test.each(['bash', 'zsh', 'fish'])('%s completes commands and their options', (shell) => {
  const text = completion(shell, commands).join('\n')
  expect(text).toContain('up')
  expect(text).toContain(shell === 'fish' ? '-l json' : '--json')
})

test('another shell is a usage error', () => {
  expect(() => completion('tcsh', commands)).toThrow(expect.objectContaining({ exit: 3 }))
})
