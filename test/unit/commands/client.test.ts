import { expect, test } from 'vitest'
import { authOf, clientDocument } from '../../../src/commands/client.ts'
import { makeSecrets, noSecrets } from '../../../src/local/secrets.ts'
import { inventory, inventoryHost } from '../hosts/build.ts'
import { sourceOf } from '../tree/build.ts'

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
  expect(authOf(asked, 'web', secrets).reveal()).toMatch(/^web:[\w-]{43}$/)
  expect(authOf(asked, 'dman', secrets).reveal()).toMatch(/^dman:/)
  expect(() => authOf(asked, 'super', secrets)).toThrow(expect.objectContaining({ exit: 5 }))
  expect(() => authOf(asked, 'constructor', secrets)).toThrow(expect.objectContaining({ exit: 5 }))
  expect(() => authOf(asked, 'wbe', secrets)).toThrow(/no ACL names it/)
  const lost = { ...secrets, passwords: {} }
  expect(() => authOf(asked, 'web', lost)).toThrow(/it is lost/)
})
