import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeSecrets, noSecrets, readSecrets, saveSecrets } from '../../src/local/secrets.ts'
import { Secret } from '../../src/model/secret.ts'
import { runProgram } from './lab/lab.ts'
import { ended } from './up-look.ts'

const text = `
hosts: { zk1: { id: 1, address: 10.0.0.1 } }
java: { archive: ./archive }
zookeeper: { archive: ./archive }
trees: { app: { path: /app, from: ./config } }
`
let folder: string
let state: { state: string; secrets: string }
let secrets: ReturnType<typeof makeSecrets>
const passphrase = 'correct horse'

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dman-protect-'))
  state = { state: path.join(folder, '.dman/dman'), secrets: path.join(folder, '.dman/dman/secrets.json') }
  secrets = makeSecrets(noSecrets, ['web'])
  await mkdir(path.join(folder, 'config'))
  await writeFile(path.join(folder, 'archive'), '')
  await writeFile(path.join(folder, 'inventory.yml'), text)
  await saveSecrets(state, secrets)
})
afterEach(() => rm(folder, { recursive: true }))

/** Without a terminal, so that nobody can be asked. */
async function run(code: number, given: string | undefined, ...args: readonly string[]) {
  const [command = '', ...more] = args
  const words = command.split(' ')
  const env = { DMAN_SECRETS_PASSPHRASE: given }
  return ended(await runProgram([...words, path.join(folder, 'inventory.yml'), ...more], { env }), code)
}

test('a protected secrets.json is opened by its passphrase alone, and shows nothing', async () => {
  const open = await readFile(state.secrets, 'utf8')
  await run(0, passphrase, 'secrets protect', '--dry-run')
  expect(await readFile(state.secrets, 'utf8')).toBe(open)
  await run(3, undefined, 'secrets protect')
  await run(3, 'short', 'secrets protect')
  expect(await readFile(state.secrets, 'utf8')).toBe(open)
  await run(0, passphrase, 'secrets protect')
  const sealed = await readFile(state.secrets, 'utf8')
  expect(sealed).not.toMatch(/made|web|dman|super/)
  for (const secret of Object.values(secrets.passwords)) expect(sealed).not.toContain(secret.reveal())
  expect((await stat(state.secrets)).mode & 0o777).toBe(0o600)

  const dman = secrets.passwords.dman?.reveal() ?? ''
  expect((await run(0, passphrase, 'client', '--identity', 'dman')).stdout).toContain(`ZK_AUTH=dman:${dman}`)
  expect((await run(5, 'another horse', 'client', '--identity', 'dman')).stderr).toContain('does not open it')
  expect((await run(3, undefined, 'client', '--identity', 'dman')).stderr).toContain('DMAN_SECRETS_PASSPHRASE')
  await run(5, 'another horse', 'seed')
  await run(3, undefined, 'seed')
  await run(3, undefined, 'tree history', 'app')
  await run(3, undefined, 'tree export', 'app', '--out', path.join(folder, 'x.json'))
  // who asks for no password needs no passphrase
  await run(0, undefined, 'client')
  expect((await run(0, passphrase, 'secrets protect')).stdout).toContain('protected already')
  expect(await readFile(state.secrets, 'utf8')).toBe(sealed)

  await run(5, 'another horse', 'secrets protect', '--remove')
  await run(0, passphrase, 'secrets protect', '--remove')
  expect(JSON.parse(await readFile(state.secrets, 'utf8'))).toEqual(JSON.parse(open))
  expect((await run(0, undefined, 'secrets protect', '--remove')).stdout).toContain('it is not protected')
})

test('what is saved stays protected, and a damaged seal is refused', async () => {
  await run(0, passphrase, 'secrets protect')
  const read = () => readSecrets(state, () => Promise.resolve(new Secret(passphrase)))
  await saveSecrets(state, makeSecrets(await read(), ['later']))
  expect(await readFile(state.secrets, 'utf8')).not.toMatch(/made|later/)
  expect((await read()).made).toEqual(['super', 'dman', 'web', 'later'])
  const record = JSON.parse(await readFile(state.secrets, 'utf8')) as { sealed: object }
  await writeFile(state.secrets, JSON.stringify({ ...record, sealed: { ...record.sealed, N: 1 } }))
  await expect(read()).rejects.toMatchObject({ exit: 5, got: 'it is damaged' })
})
