import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Failure } from '../../src/model/failure.ts'
import { type Reading, readTrees } from '../../src/tree/source.ts'
import { failuresFrom, identities, sourceOf } from '../unit/tree/build.ts'
import { scratch } from '../unit/tree/scratch.ts'
import { repository, runCommand } from './lab/run.ts'

const { at, put } = scratch()
const leftOvers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('dman-validate-'))

/** Reads a tree that `sh -c SCRIPT` validates; what it is told. */
async function validated(script: string, how: Reading = {}, secret: string[] = []): Promise<string[]> {
  const before = leftOvers()
  const validate = { command: ['sh', '-c', script, 'check'] as const, folder: at() }
  const source = sourceOf({
    from: [at('config')],
    templates: true,
    validate: { ...validate, command: [...validate.command] },
    secret,
  })
  try {
    await readTrees([source], identities, how)
    return []
  } catch (error) {
    if (!(error instanceof Failure))
      return (await failuresFrom(() => Promise.reject(error as Error))).map(({ got }) => got)
    return [`${error.got} (${error.exit})`]
  } finally {
    expect(leftOvers()).toEqual(before)
  }
}

test('the command is given the rendered folder, its owner’s alone, in the inventory’s folder; and it is gone afterwards', async () => {
  put('config/a/b', '<%= ensemble %>\n')
  put('config/a/.znode', 'own')
  put('config/empty')
  expect(await validated('pwd >pwd; echo "$1" >path; stat -c "%a %n" "$1" "$1"/a/* >modes; cd "$1" && find . -type f | sort >"$OLDPWD/files"; cat a/b a/.znode >"$OLDPWD/text"')).toEqual([]) // prettier-ignore
  const given = readFileSync(at('path'), 'utf8').trim()
  expect(existsSync(given)).toBe(false)
  expect(readFileSync(at('pwd'), 'utf8')).toBe(`${at()}\n`)
  expect(readFileSync(at('modes'), 'utf8')).toBe(`700 ${given}\n600 ${given}/a/b\n`)
  expect(readFileSync(at('files'), 'utf8')).toBe('./a/.znode\n./a/b\n./empty\n')
  expect(readFileSync(at('text'), 'utf8')).toBe('dman\nown')
})

test('what it says is told, without secrets and where the folder was', async () => {
  put('config/db/password', 'open sesame\n')
  put('config/x', '1')
  const script = 'echo "looked at $1/x"; echo "bad: $(cat "$1/db/password")" >&2; exit 7'
  expect(await validated(script, {}, ['db/*'])).toEqual(['sh exits 7: looked at x · bad: ‹secret› (3)'])
})

test('it is ended with all it began when its time is up, or by Ctrl-C', async () => {
  put('config/x', '1')
  const began = performance.now()
  const hangs = 'echo begun; sleep 77 & sleep 78'
  expect(await validated(hangs, { timeout: 200 })).toEqual(['sh was ended after 0.2 s: begun (3)'])
  expect(await validated('exec kill -9 $$')).toEqual(['sh was ended by SIGKILL (3)'])
  expect(await validated(hangs, { interrupted: AbortSignal.timeout(100) })).toEqual(['sh was interrupted (130)'])
  expect(performance.now() - began).toBeLessThan(5000)
})

test('what it leaves in the background is not waited for', async () => {
  put('config/x', '1')
  const began = performance.now()
  expect(await validated('sleep 3 & exit 0')).toEqual([])
  expect(performance.now() - began).toBeLessThan(2000)
})

test('a command that cannot be run; our secrets stay out of its environment', async () => {
  put('config/x', '1')
  const source = sourceOf({ from: [at('config')], validate: { command: [at('none')], folder: at() } })
  const [failure] = await failuresFrom(() => readTrees([source], identities))
  expect(failure?.got).toMatch(/none cannot be run \(spawn .* ENOENT\)$/)
  process.env['DMAN_SSH_PASSWORD'] = process.env['DMAN_SECRETS_PASSPHRASE'] = 'hush'
  try {
    expect(await validated("env | grep -cE 'DMAN_(SSH|SECRETS)'; exit 0")).toEqual([])
    expect(await validated("env | grep -E 'DMAN_(SSH|SECRETS)' >&2; exit 1")).toEqual(['sh exits 1 (3)'])
  } finally {
    delete process.env['DMAN_SSH_PASSWORD']
    delete process.env['DMAN_SECRETS_PASSPHRASE']
  }
})

test('tree explain as it is shipped: an example’s value, held against its schema', async () => {
  const inventory = path.join(repository, 'examples/spring/inventory.yml')
  const program = [process.execPath, path.join(repository, 'dist/dman-bootstrap.js'), 'tree', 'explain', inventory]
  const found = await runCommand([...program, 'spring', '/config/shop,prod/spring.datasource.url', '--json'])
  expect(found.json()).toMatchObject({ line: 3, value: 'jdbc:postgresql://db.example.net/shop', is: 'key' })
  const draft7 = readFileSync(inventory, 'utf8').replace('./config', path.join(repository, 'examples/spring/config'))
  put('inventory.yml', draft7)
  const $schema = 'http://json-schema.org/draft-07/schema#'
  put('schema.json', JSON.stringify({ $schema, properties: { application: { required: ['server'] } } }))
  const refused = await runCommand([...program.slice(0, -1), at('inventory.yml'), 'spring', 'shop/server.port'])
  expect(refused.stderr).toContain("`application` must have required property 'server'")
  expect(refused).toMatchObject({ code: 3, stdout: expect.stringContaining('value   4 bytes: 8080') as string })
})
