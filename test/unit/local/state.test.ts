import { lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { codeOf, parseRecord, readRecord, writeFileAtomically } from '../../../src/local/state.ts'
import { ownFolder } from '../folder.ts'

const folder = ownFolder()

test('a record is a JSON object, nothing else', () => {
  expect(parseRecord('{"format":1}')).toEqual({ format: 1 })
  expect(['', '[]', 'null', '1', '{', '"x"'].map(parseRecord)).toEqual(Array.from({ length: 6 }))
})

test('an error is told by its code where it has one', () => {
  expect(codeOf(Object.assign(new Error('no space'), { code: 'ENOSPC' }))).toBe('ENOSPC')
  expect(codeOf(new Error('other'))).toBe('other')
})

test('behind a link what it leads to is replaced, and the link stays; one that leads nowhere is refused', async () => {
  writeFileSync(folder.at('real'), 'open')
  symlinkSync('real', folder.at('link'))
  await writeFileAtomically(folder.at('link'), 'sealed')
  expect(readFileSync(folder.at('real'), 'utf8')).toBe('sealed')
  expect(lstatSync(folder.at('link')).isSymbolicLink()).toBe(true)
  symlinkSync('gone', folder.at('dangling'))
  await expect(writeFileAtomically(folder.at('dangling'), 'x')).rejects.toMatchObject({
    got: 'it is a link to nothing',
  })
  await expect(readRecord(folder.at('dangling'))).rejects.toMatchObject({ got: 'it is a link to nothing', exit: 5 })
  expect(await readRecord(folder.at('none'))).toBeUndefined()
  await writeFileAtomically(folder.at('new'), 'x')
  expect(readFileSync(folder.at('new'), 'utf8')).toBe('x')
})
