import { expect, test } from 'vitest'
import { identitiesOf } from '../../../src/commands/identity.ts'
import { keptWords, searchOf } from '../../../src/commands/sought.ts'
import { kept, makeSecrets, noSecrets } from '../../../src/local/secrets.ts'
import { digestId } from '../../../src/zookeeper/digest.ts'
import { inventory } from '../hosts/build.ts'

const trees = inventory(3, { trees: [{ ...inventory(3).trees[0]!, path: '/dman/config' }] })
const digest = (id: string) => ({ scheme: 'digest', id, perms: 'r' })

test('case 33: trees tell the ids of identities that are sought, and of no others; of two ids nobody knows which', () => {
  const search = searchOf(trees, { sought: ['web', 'app', 'batch'] })
  search.onAcl('/dman/config', [digest('web:1'), digest('app:1'), digest('else:1')])
  search.onAcl('/dman/config/a', [digest('web:1'), digest('app:2'), { scheme: 'sasl', id: 'batch:1', perms: 'r' }])
  search.onAcl('/theirs', [digest('batch:1')])
  expect([...search.ids()]).toEqual([['web', 'web:1']])
  const known = searchOf(trees, { sought: ['web'], ids: { web: 'web:0' } })
  known.onAcl('/dman/config', [digest('web:1')])
  expect(known.ids().size).toBe(0)
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
