import { expect, test } from 'vitest'
import { identitiesOf } from '../../../../../src/commands/shared/prepare/identity.ts'
import { keptWords, searchOf } from '../../../../../src/commands/shared/rotation/sought.ts'
import { kept, makeSecrets, noSecrets, type Secrets } from '../../../../../src/local/secrets.ts'
import { digestId } from '../../../../../src/zookeeper/digest.ts'
import type { Acl } from '../../../../../src/zookeeper/zookeeper.ts'
import { inventory } from '../../../hosts/build.ts'
import { sourceOf } from '../../../tree/build.ts'

const trees = inventory(3, {
  trees: [sourceOf({ path: '/dman/config', acl: ['digest:dman:cdrwa', 'digest:app:SPELLED:r'] })],
})
const digest = (id: string, perms = 'r') => ({ scheme: 'digest', id, perms })
const dman = digest('dman:1', 'cdrwa')
const sought = (...names: string[]): Secrets => ({ ...noSecrets, sought: names })
const searched = (secrets: Secrets, ...found: [string, ...Acl[]][]) => {
  const search = searchOf(trees, secrets, ['dman:1'])
  for (const [path, ...acl] of found) search.onAcl(path, acl)
  return [...search.ids()]
}

test('case 33: trees tell the ids of identities that are sought, and of no others; of two ids nobody knows which', () => {
  const sasl = { scheme: 'sasl', id: 'batch:1', perms: 'r' }
  const found = searched(
    sought('web', 'app', 'batch'),
    ['/dman/config', dman, digest('web:1'), digest('app:1'), digest('else:1')],
    ['/dman/config/a', dman, digest('web:1'), digest('app:2'), sasl],
    ['/theirs', dman, digest('batch:1')],
  )
  expect(found).toEqual([['web', 'web:1']])
})

test('case 33: who may make znodes in a tree can plant no id: ours have dman’s, which nobody else is shown', () => {
  const planted = [digest('web:2'), digest('dman:x', 'cdrwa')]
  expect(searched(sought('web'), ['/dman/config/theirs', ...planted])).toEqual([])
  expect(searched(sought('web'), ['/dman/config/theirs', digest('dman:1'), digest('web:2')])).toEqual([])
  expect(searched(sought('web'), ['/dman/config/theirs', ...planted], ['/dman/config', dman, digest('web:1')])).toEqual(
    [['web', 'web:1']],
  )
})

test('case 33: neither the id of the password that is there nor one that the inventory spells is a lost one', () => {
  const held = makeSecrets(noSecrets, ['web'])
  const own = digestId('web', held.passwords['web']!)
  expect(searched({ ...held, sought: ['web'] }, ['/dman/config', dman, digest(own)])).toEqual([])
  expect(searched(sought('app'), ['/dman/config', dman, digest('app:SPELLED')])).toEqual([])
})

test('case 33: ACLs go on naming what was found, and a password that is there comes before it', () => {
  const held = makeSecrets(noSecrets, ['web'])
  const after = kept({ ...held, sought: ['web'] }, new Map([['web', 'web:former']]))
  expect(identitiesOf(after)).toEqual({ web: 'web:former', dman: digestId('dman', held.passwords.dman!) })
  expect(identitiesOf({ ...after, passwords: held.passwords })['web']).toBe(digestId('web', held.passwords['web']!))
})

test('case 33: it is told whose programs go on, and whose need a new password', () => {
  expect(keptWords(['web', 'app'], new Map([['web', 'web:1']]))).toEqual([
    expect.stringMatching(/^lost, but trees go on knowing it.*: the password of web;/),
    expect.stringMatching(/^new passwords: app;/),
  ])
  expect(keptWords(['web'], new Map([['web', 'web:1']]))).toHaveLength(1)
})
