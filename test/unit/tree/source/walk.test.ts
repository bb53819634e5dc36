import { chmodSync, symlinkSync, truncateSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readTrees } from '../../../../src/tree/source.ts'
import { failuresFrom, identities, sourceOf } from '../build.ts'
import { scratch } from '../scratch.ts'

const { at, put, read, problems } = scratch()

test('files are znodes of exactly their bytes, folders without data or with that of .znode, .gitkeep is none', async () => {
  const bytes = Buffer.from([0, 255, 13, 10, 195, 40])
  put('a b/ü', bytes)
  put('empty')
  put('kept/.gitkeep', 'not this')
  put('with/.znode', 'data of with')
  put('with/child', '\n')
  put('.znode', 'data of the top')
  put('.hidden/x', 'y')
  expect(await read()).toEqual({
    '': 'data of the top',
    '/.hidden': '',
    '/.hidden/x': 'y',
    '/a b': '',
    '/a b/ü': bytes.toString('latin1'),
    '/empty': '',
    '/kept': '',
    '/with': 'data of with',
    '/with/child': '\n',
  })
})

test('links are followed inside the source', async () => {
  put('real/x', '1')
  symlinkSync('real', at('linked'))
  symlinkSync('real/x', at('file'))
  expect(await read()).toEqual({ '': '', '/file': '1', '/linked': '', '/linked/x': '1', '/real': '', '/real/x': '1' })
})

test('case 30: links out of the source, loops, broken links and devices are refused, all at once', async () => {
  put('x/.znode/inside', '')
  symlinkSync('/etc/hostname', at('out'))
  symlinkSync('/dev/zero', at('zero'))
  symlinkSync('nowhere', at('broken'))
  symlinkSync('.', at('loop'))
  put('name \u007f', '')
  expect(await problems()).toEqual([
    expect.stringMatching(/^\/broken: a link that leads nowhere .* \(3\)$/),
    '/loop: a link to a folder that it is in (3)',
    expect.stringMatching(/^\/name \u007f: the character U\+007F/),
    '/out: a link out of the source (3)',
    '/x/.znode: a folder (3)',
    '/zero: a link out of the source (3)',
  ])
})

test('case 30: a value over the limit is refused before it is read, and a missing folder is named', async () => {
  put('big', Buffer.alloc(1_048_576))
  put('huge')
  truncateSync(at('huge'), 2 ** 32)
  expect(await problems()).toEqual([
    expect.stringMatching(/^\/big: 1048576 bytes: a request of .* \(3\)$/),
    '/huge: 4294967296 bytes (3)',
  ])
  const [failure] = await failuresFrom(() => readTrees([sourceOf({ from: [at('none')] })], identities))
  expect(failure).toMatchObject({ exit: 3 })
  expect(failure?.got).toContain('ENOENT')
})

test('a file that can’t be read is a problem, not an empty znode', async ({ skip }) => {
  if (process.getuid?.() === 0) skip('root reads everything')
  put('secret', 'x')
  chmodSync(at('secret'), 0)
  expect(await problems()).toEqual([expect.stringMatching(/^\/secret: EACCES/)])
})

test('three hundred levels are read', async () => {
  put(`${'d/'.repeat(300)}leaf`, 'deep')
  const znodes = await read()
  expect(Object.keys(znodes)).toHaveLength(302)
  expect(znodes[`${'/d'.repeat(300)}/leaf`]).toBe('deep')
})

test('what must not be published is refused, also behind links and where the source begins in it', async () => {
  put('state/app/secrets.json', '{}')
  put('source/x', '1')
  symlinkSync('../state/app', at('source/aside'))
  const of = async (from: string, ...names: string[]) => {
    const forbidden = names.map((name) => at(name))
    const body = () => readTrees([sourceOf({ from: [at(from)] })], identities, { forbidden })
    return (await failuresFrom(body)).map(({ got, exit }) => `${got.replaceAll(at(), '')} (${exit})`)
  }
  const secret = 'passwords or private keys (3)'
  expect(await of('.', 'state')).toEqual(['/source/aside: ' + secret, '/state: ' + secret])
  expect(await of('state', 'state/app/secrets.json')).toEqual(['/state/app/secrets.json: ' + secret])
  expect(await of('source/aside', 'state')).toEqual(['/source/aside: ' + secret])
  const [tree] = await readTrees([sourceOf({ from: [at('state')] })], identities, { forbidden: [at('none')] })
  expect([...tree!.znodes.keys()]).toContain('/dman/config/app/secrets.json')
})
