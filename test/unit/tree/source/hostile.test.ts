import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scratch } from '../scratch.ts'

// Names as nobody would give them: each is there exactly as it is, or the whole tree is refused, and nothing in between.
const { at, read, problems } = scratch()

/** ZooKeeper's PathUtils.validatePath, of one name, in another way than ours: by Java's chars. */
function isTaken(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false
  return Array.from({ length: name.length }, (_, index) => name.charCodeAt(index)).every(
    (char) =>
      char > 0x1f && !(char >= 0x7f && char <= 0x9f) && !(char >= 0xd800 && char <= 0xf8ff) && !(char >= 0xfff0),
  )
}

const pieces = ['a', 'é', ' ', '"', "'", '`', '$(id)', '\\', '.', '~', '*', '%', '#', '[0]', '=', ':', '-', '<%= 1 %>'] // prettier-ignore
const odd = [
  '\n',
  '\t',
  '..',
  '😀',
  '\ud800',
  '\udfff',
  '\u007f',
  '\u0085',
  '\ue000',
  '\ufeff',
  '\uffff',
  '\u202e',
  '\u2028',
  'zookeeper',
  '__proto__',
]
const name = (...more: readonly string[]) =>
  fc.oneof(
    fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 5 }).map((all) => all.join('')),
    fc.array(fc.constantFrom(...pieces, ...odd, ...more), { minLength: 1, maxLength: 4 }).map((all) => all.join('')),
    fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 }),
  )

/** What comes of it: the znodes, or how many problems were told. */
const outcome = async (over: Parameters<typeof read>[0]) =>
  read(over).catch(async () => ({ refused: (await problems(over)).length > 0 }))

const latin1 = (text: string) => Buffer.from(text).toString('latin1')

test('case 30: files and folders with hostile names are exactly there, or refused', async () => {
  const fits = (one: string) => !/[/\0]/.test(one) && one !== '.' && one !== '..' && Buffer.byteLength(one) <= 255
  const own = (one: string) => one !== '.znode' && one !== '.gitkeep'
  const file = fc.oneof(name(), fc.constant('y'.repeat(255))).filter((one) => fits(one) && own(one))
  let taken = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(file, file), { minLength: 1, maxLength: 3 }), async (pairs) => {
      mkdirSync(at('h'), { recursive: true })
      const wanted: Record<string, string> = { '': '' }
      // what the disk made of a lone surrogate is what counts
      const there = pairs.map((pair) => pair.map((one) => Buffer.from(one).toString()) as [string, string])
      for (const [folder, one] of there) {
        mkdirSync(at('h', folder), { recursive: true })
        writeFileSync(`${at('h', folder)}/${one}`, one)
        Object.assign(wanted, { [`/${folder}`]: '', [`/${folder}/${one}`]: latin1(one) })
      }
      const isWhole = there.flat().every(isTaken)
      taken += isWhole ? 1 : 0
      expect(await outcome({ from: ['h'] })).toEqual(isWhole ? wanted : { refused: true })
      rmSync(at('h'), { recursive: true })
    }),
  )
  expect(taken).toBeGreaterThan(0)
})

test('case 30: keys with hostile names are exactly there, or refused; a slash in one stands between two names', async () => {
  const key = fc.oneof(name('/', '\0'), fc.constantFrom('', '/', 'a/', '/a', 'a//b', 'a/../b', 'z'.repeat(100_000)))
  let taken = 0
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(key, { minLength: 1, maxLength: 3 }), key, async (keys, inner) => {
      const values = keys.map((one) => [one, { [inner]: one }] as const)
      mkdirSync(at('k'), { recursive: true })
      // an object of JavaScript would take __proto__ for something else
      const text = values.map(([one]) => `${JSON.stringify(one)}: {${JSON.stringify(inner)}: ${JSON.stringify(one)}}`)
      writeFileSync(at('k/.json'), `{${text.join()}}`)
      const wanted = new Map([['', '']])
      const ends = new Set<string>()
      for (const one of keys) {
        const names = [...one.split('/'), ...inner.split('/')]
        names.forEach((_, index) => wanted.set(`/${names.slice(0, index + 1).join('/')}`, ''))
      }
      for (const one of keys) ends.add(`/${one}/${inner}`)
      for (const one of keys) wanted.set(`/${one}/${inner}`, latin1(one))
      const names = [...keys, inner].flatMap((one) => one.split('/'))
      const isWhole = names.every(isTaken) && ends.size === keys.length
      const found = await outcome({ from: ['k'], format: 'keys' })
      if (isWhole) {
        taken += 1
        expect(new Map(Object.entries(found))).toEqual(wanted)
      } else expect(found).toEqual({ refused: true })
      rmSync(at('k'), { recursive: true })
    }),
  )
  expect(taken).toBeGreaterThan(0)
})
