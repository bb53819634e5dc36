import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commands } from '../../src/commands/registry.ts'

const rows = readFileSync('README.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
const optionsIn = (text: string): readonly string[] => text.match(/--[a-z][a-z-]*/g) ?? []

test.each(Object.entries(commands))(
  'the README has a row of %s, with all of its own options',
  (name, { options = [] }) => {
    const row = rows.find((line) => line.split(' | ')[0]?.includes(`\`${name} INV`)) ?? ''
    expect(row).not.toBe('')
    const own = options.flatMap(([flags]) => optionsIn(flags))
    expect(own.filter((option) => !optionsIn(row).includes(option))).toEqual([])
  },
)
