import { expect, test } from 'vitest'
import { diffOf, textOf } from '../../../src/tree/diff.ts'

const sides = (before: string | Buffer | null, after: string | Buffer | null) => ({
  path: '/dman/config/a',
  before: before === null ? null : Buffer.from(before),
  after: after === null ? null : Buffer.from(after),
})

test('text is shown as a unified diff', () => {
  expect(diffOf(sides('one\ntwo\nthree\n', 'one\n2\nthree\n'))).toBe(
    ['--- /dman/config/a', '+++ /dman/config/a', '@@ -1,3 +1,3 @@', ' one', '-two', '+2', ' three', ''].join('\n'),
  )
  expect(diffOf(sides(null, 'new'))).toBe(
    ['--- /dev/null', '+++ /dman/config/a', '@@ -0,0 +1,1 @@', '+new', '\\ No newline at end of file', ''].join('\n'),
  )
  expect(diffOf(sides('gone\n', null))).toContain('+++ /dev/null\n@@ -1,1 +0,0 @@\n-gone\n')
  for (const [a, b] of [
    ['same', 'same'],
    [null, ''],
    ['', null],
  ] as const)
    expect(diffOf(sides(a, b))).toBe('')
})

test('bytes are shown by number and hash, also where one side alone is text', () => {
  const abc = 'sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  expect(diffOf(sides('abc', Buffer.from([0xff])))).toMatch(
    new RegExp(`^-3 bytes, ${abc}\n\\+1 bytes, sha256 \\w{64}\n$`),
  )
  expect(diffOf(sides(null, Buffer.from([0])))).toMatch(/^\+1 bytes, sha256 \w{64}\n$/)
  expect(diffOf(sides(Buffer.from('x\u001b[2J'), null))).toMatch(/^-5 bytes, sha256 \w{64}\n$/)
})

test.for([
  ['a terminal’s orders', 'x\u001b]0;title\u0007'],
  ['orders in one byte of Latin 1', 'x\u009b2J'],
  ['backspaces', 'password\b\b\b'],
  ['text that runs backwards', 'a\u202eb'],
  ['a null', '\0'],
  ['no UTF-8', Buffer.from([0xc3, 0x28])],
] as const)('no text: %s', ([, bytes]) => {
  expect(textOf(Buffer.from(bytes))).toBeUndefined()
})

test('a line end of Windows is text, and to be seen', () => {
  expect(textOf(Buffer.from('ä\tb\r\n'))).toBe('ä\tb␍\n')
  expect(diffOf(sides('a\r\n', 'a\n'))).toContain('-a␍\n+a\n')
})

test('what would take long is shown by number and hash', () => {
  const lines = (offset: number) => Array.from({ length: 6000 }, (_, at) => `${at * 2 + offset}\n`).join('')
  expect(diffOf(sides(lines(0), lines(1)))).toMatch(/^-\d+ bytes, sha256/)
})
