import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pathOf } from '../../../../src/tree/source/key.ts'
import { type Layered, merge, placeOf } from '../../../../src/tree/source/layers.ts'

type Steps = readonly (string | number)[]

const file = (layer: number, below: string, text: string): Layered => ({
  below,
  data: Buffer.from(text),
  file: `/${layer}/${below}`,
  layer,
})
const folder = (layer: number, below: string): Layered => ({ ...file(layer, below, ''), isFolder: true })
const key = (layer: number, steps: Steps, text: string): Layered => ({
  ...file(layer, pathOf(steps, '/'), text),
  file: `/${layer}/.yml`,
  key: { stem: '', steps, text, value: text, line: 1 },
})
const merged = (...layers: Layered[][]) => {
  const clashes: string[] = []
  const { entries, overridden } = merge(layers, (a, b) => clashes.push(`${placeOf(a)} ${placeOf(b)}`))
  const texts = entries.map(({ below, data }) => [below, data.toString()])
  const over = [...overridden].map(([below, all]) => [below, all.map(placeOf)])
  return {
    texts: Object.fromEntries(texts) as Record<string, string>,
    over: Object.fromEntries(over) as object,
    clashes,
  }
}

test('later layers win, path by path, and it is known over what', () => {
  const common = [folder(0, ''), file(0, 'a', 'common'), file(0, 'b', 'common'), file(0, 'c', '0')]
  const site = [folder(1, ''), file(1, 'b', 'site'), file(1, 'c', '1')]
  expect(merged(common, site, [folder(2, ''), file(2, 'c', '2')])).toEqual({
    texts: { '': '', a: 'common', b: 'site', c: '2' },
    over: { b: ['/0/b'], c: ['/1/c', '/0/c'] },
    clashes: [],
  })
})

test('a folder leaves the data that another layer gives its znode', () => {
  const one = [folder(0, ''), file(0, 'x', 'data')]
  const other = [folder(1, ''), folder(1, 'x'), file(1, 'x/y', '1')]
  expect(merged(one, other).texts).toEqual({ '': '', x: 'data', 'x/y': '1' })
  expect(merged(other, one).texts).toEqual({ '': '', x: 'data', 'x/y': '1' })
})

test('a list is replaced as a whole, by a list or by any other value of its key', () => {
  const list = [key(0, ['a', 'l', 0, 'x'], '1'), key(0, ['a', 'l', 1], '2'), key(0, ['a', 'lx', 0], '3')]
  expect(merged(list, [key(1, ['a', 'l', 0], 'new')]).texts).toEqual({ '': '', a: '', 'a/l[0]': 'new', 'a/lx[0]': '3' })
  expect(merged(list, [key(1, ['a', 'l'], '')]).texts).toEqual({ '': '', a: '', 'a/l': '', 'a/lx[0]': '3' })
  expect(merged([key(0, ['l'], 'x')], [key(1, ['l', 0], 'y')]).texts).toEqual({ '': '', 'l[0]': 'y' })
  expect(merged([file(0, 'l[0]', 'a file')], [key(1, ['l', 1], 'y')]).texts).toEqual({
    '': '',
    'l[0]': 'a file',
    'l[1]': 'y',
  })
})

test('two of one layer are a clash, whatever their order', () => {
  expect(merged([file(0, 'a', '1'), key(0, ['a'], '2')]).clashes).toEqual(['/0/a /0/.yml:1'])
  expect(merged([folder(0, 'a'), file(0, 'a', '2'), folder(0, 'a')])).toEqual({
    texts: { '': '', a: '2' },
    over: {},
    clashes: [],
  })
})

test('parents are there, before their children, and the last layer that has a path is seen there', () => {
  const name = fc.constantFrom('a', 'b', 'c')
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'))
  fc.assert(
    fc.property(fc.array(fc.uniqueArray(path, { maxLength: 8 }), { maxLength: 4 }), (layers) => {
      const all = layers.map((paths, layer) => paths.map((below) => file(layer, below, String(layer))))
      const { entries } = merge(all, () => expect.unreachable())
      const seen = new Set<string>()
      for (const { below } of entries) {
        expect(seen.has(below)).toBe(false)
        if (below !== '') expect(seen).toContain(below.split('/').slice(0, -1).join('/'))
        seen.add(below)
      }
      for (const below of layers.flat()) {
        const last = layers.findLastIndex((paths) => paths.includes(below))
        expect(entries.find((entry) => entry.below === below)?.data.toString()).toBe(String(last))
      }
    }),
  )
})
