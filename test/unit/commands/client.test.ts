import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { client, clientDocument, type ClientOptions, passwordFor } from '../../../src/commands/client.ts'
import type { Run } from '../../../src/commands/shared/run/run.ts'
import { makeSecrets, noSecrets, readSecrets, saveSecrets } from '../../../src/local/secrets.ts'
import { certify, saveCaCertificate } from '../../../src/local/tls-secrets.ts'
import { Secret } from '../../../src/model/secret.ts'
import { ownFolder } from '../folder.ts'
import { inventory, inventoryHost } from '../hosts/build.ts'
import { sourceOf } from '../tree/build.ts'

const own = ownFolder()

const tree = (acl: string[], acls: { pattern: string; acl: string[] }[] = []) =>
  sourceOf({ name: 'app', path: '/app', acl: ['digest:dman:cdrwa', ...acl], acls })
const readers = (...of: Parameters<typeof tree>) => clientDocument(inventory(1, { trees: [tree(...of)] })).trees[0]

test('servers are the members that stay, in order of id, an IPv6 address in brackets', () => {
  const hosts = [
    inventoryHost(1, { address: '10.0.0.1' }),
    inventoryHost(2, { address: '10.0.0.2', role: 'absent' }),
    inventoryHost(3, { address: 'fd00::3', role: 'observer' }),
  ]
  const document = clientDocument(inventory(3, { hosts }))
  expect(document.connect).toBe('10.0.0.1:2180,[fd00::3]:2180')
  expect(document.servers.map(({ host }) => host)).toEqual(['zk1', 'zk3'])
})

test('readers of a tree are those of all its ACLs', () => {
  expect(readers(['world:anyone:r', 'digest:web:r'])).toEqual({
    name: 'app',
    path: '/app',
    head: '/dman/meta/app/HEAD',
    readers: ['world:anyone'],
  })
  const closed = { pattern: 'db/**', acl: ['digest:dman:cdrwa', 'digest:db:r', 'digest:web:r'] }
  expect(readers(['world:anyone:r'], [closed])?.readers).toEqual(['digest:dman', 'digest:db', 'digest:web'])
  expect(readers(['digest:web:rw', 'ip:10.0.0.0/8:r'], [closed])?.readers).toEqual(['digest:dman', 'digest:web'])
  expect(readers(['digest:bob:8mzXxNEKPkPQ1ARwWhiPvbAtq2E=:r'])?.readers).toEqual(['digest:dman', 'digest:bob'])
})

test('the password of an identity that an ACL names is told, never that of the super user, and none is made', () => {
  const asked = inventory(1, { trees: [tree(['digest:web:r', 'digest:constructor:r'])] })
  const secrets = makeSecrets(noSecrets, ['web'])
  expect(passwordFor(asked, 'web', secrets).reveal()).toMatch(/^web:[\w-]{43}$/)
  expect(passwordFor(asked, 'dman', secrets).reveal()).toMatch(/^dman:/)
  expect(() => passwordFor(asked, 'super', secrets)).toThrow(expect.objectContaining({ exit: 5 }))
  expect(() => passwordFor(asked, 'constructor', secrets)).toThrow(expect.objectContaining({ exit: 5 }))
  expect(() => passwordFor(asked, 'wbe', secrets)).toThrow(/no ACL names it/)
  const lost = { ...secrets, passwords: {} }
  expect(() => passwordFor(asked, 'web', lost)).toThrow(/it is lost/)
  expect(() => passwordFor(asked, 'web', { ...secrets, former: {}, sought: ['web'] })).toThrow(/not seen yet/)
  const known = { ...lost, ids: { web: 'web:former' } }
  expect(() => passwordFor(asked, 'web', known)).toThrow(/programs that have it go on/)
})

test('the CA is that of secrets.json where nobody has to be asked, else of ca.pem; where that is another it is told', async () => {
  const folder = own.at()
  const state = join(folder, '.dman/dman')
  const paths = { state, secrets: join(state, 'secrets.json') }
  const asked = inventory(1, { ...paths, ports: { client: 2180, peer: 2889, election: 3889, secure: 2281 } })
  const told: unknown[] = []
  const seen = async () => {
    const run = {
      inventory: asked,
      options: {},
      passphrase: { known: () => Promise.resolve(undefined), ask: () => Promise.reject(new Error('asked')) },
      emit: (event: { text?: string }) => told.push(event.text),
    }
    const result = await client(run as unknown as Run<ClientOptions>)
    return result.is === 'client' ? result.client.secure?.ca : undefined
  }
  expect(await seen()).toBeNull()
  await saveCaCertificate(state, 'a former one')
  expect(await seen()).toBe('a former one')
  const { secrets, tls } = await certify(makeSecrets(noSecrets), {
    ensemble: 'dman',
    hosts: [],
    trusted: [],
    now: Date.now(),
  })
  await saveSecrets(paths, secrets)
  expect(told).toEqual([])
  expect(await seen()).toBe(tls.ca?.certificate)
  expect(told.splice(0)).toEqual([`${join(state, 'ca.pem')} is of another CA than secrets.json has: \`up\` writes it`])
  rmSync(join(state, 'ca.pem'))
  expect(await seen()).toBe(tls.ca?.certificate)
  expect(told.splice(0)).toEqual([`${join(state, 'ca.pem')} is not there: \`up\` writes it`])
  await saveCaCertificate(state, tls.ca?.certificate ?? '')
  expect(await seen()).toBe(tls.ca?.certificate)
  await saveCaCertificate(state, 'a former one')
  await saveSecrets(paths, { ...(await readSecrets(paths)), passphrase: new Secret('correct horse') })
  expect(await seen()).toBe('a former one')
  expect(told).toEqual([])
})
