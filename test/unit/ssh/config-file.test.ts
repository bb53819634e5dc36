import { chmodSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readConfig } from '../../../src/ssh/config-file.ts'
import { scratch } from '../tree/scratch.ts'

const { at, put } = scratch()

test('Include takes the files that its pattern names, brackets and all', async () => {
  const write = (name: string, text: string) => {
    put(name, text)
    chmodSync(at(name), 0o600)
  }
  write('.ssh/config', 'Include conf.d/[0-9]*\n')
  for (const name of ['2b', '1a', 'x1', '.1']) write(`.ssh/conf.d/${name}`, `User ${name}\n`)
  const here = { home: at(), localUser: 'ann', uid: process.getuid?.() ?? 0, localHost: 'desk', env: {} }
  const [own] = await readConfig(here)
  expect(own?.flatMap(({ included }) => included ?? []).flatMap((text) => text.map(({ args }) => args))).toEqual([
    ['1a'],
    ['2b'],
  ])
})
