import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keepCa, namesFor, saveMade } from '../../../../../src/commands/shared/prepare/equip.ts'
import { makeSecrets, noSecrets } from '../../../../../src/local/secrets.ts'
import { saveCaCertificate } from '../../../../../src/local/tls-secrets.ts'
import { ownFolder } from '../../../folder.ts'
import { inventory, inventoryHost } from '../../../hosts/build.ts'

const own = ownFolder()

const names = (name: string, host: string) => namesFor({ name, ssh: { ...inventoryHost(1).ssh, host } })

test('clients may know a host by its name in the inventory and the one that SSH connects to, where these can be names', () => {
  expect(names('zk1', '10.0.0.11')).toEqual(['zk1'])
  expect(names('zk1', 'zk1.example.net')).toEqual(['zk1', 'zk1.example.net'])
  expect(names('zk1', 'zk1')).toEqual(['zk1'])
  expect(names('zk_1', 'fd00::1')).toEqual([])
  expect(names('10.0.0.9', 'zk1.')).toEqual([])
})

test('ca.pem is what secrets.json has: written again where it is gone or another, though nothing is to be saved, and else left as it is', async () => {
  const folder = own.at()
  const state = join(folder, '.dman/dman')
  const run = { inventory: inventory(1, { state, secrets: join(state, 'secrets.json') }) }
  const file = join(state, 'ca.pem')
  const secrets = makeSecrets(noSecrets)
  const known = { known: secrets, secrets, ca: 'CA' }
  for (const save of [saveMade, keepCa]) {
    await save(run, known)
    expect(readFileSync(file, 'utf8')).toBe('CA')
    const { ino } = statSync(file)
    await save(run, known)
    expect(statSync(file).ino).toBe(ino)
    await saveCaCertificate(state, 'a former CA')
    await save(run, known)
    expect(readFileSync(file, 'utf8')).toBe('CA')
    rmSync(file)
  }
  expect(existsSync(run.inventory.secrets)).toBe(false)
  // Made in memory by a run that ends up with nothing to do.
  await keepCa(run, { ...known, known: noSecrets })
  expect(existsSync(file)).toBe(false)
  await saveMade(run, { ...known, known: noSecrets })
  expect([file, run.inventory.secrets].map((path) => existsSync(path))).toEqual([true, true])
})
