import { expect, test } from 'vitest'
import { remedyOf } from '../../../../src/commands/secrets/recover.ts'
import { theRecord, whatIsLost } from '../../../../src/commands/secrets/regain.ts'
import { makeSecrets, noSecrets } from '../../../../src/local/secrets.ts'
import { absent, present } from '../../../../src/model/fact.ts'
import { tlsOff } from '../../../../src/model/tls-stage.ts'

const names = ['dman', 'web', 'app']
const all = makeSecrets(noSecrets, names)
const founding = present({ id: 'f1', hosts: ['zk1'], begunAt: '', state: 'done' as const })
const said = (...[known, ...others]: Parameters<typeof whatIsLost>) =>
  remedyOf(whatIsLost(known, ...others), known, names)
const copies = ' (copies of the former count no more)'

test('case 33: what was not lost is not said to be made anew', () => {
  expect(said(all, names, absent, [])).toBe(`take from the hosts: ${theRecord}`)
  expect(said(all, names, founding, [{ ...tlsOff, mode: 'strict', expires: 1 }])).toBe(
    `make anew: the key of its CA (clients that come by TLS need the new ca.pem)${copies}`,
  )
  const { super: superUser, dman, app } = all.passwords
  expect(said({ ...all, passwords: { super: superUser!, dman: dman!, app: app! } }, names, founding, [])).toBe(
    'keep, where trees know it, else make anew: the password of web',
  )
})

test('case 33: where the file is gone all of them are named, those apart that programs may have', () => {
  const passwords = ['super', 'dman'].map((name) => `the password of ${name}`).join(', ')
  const others = ['web', 'app'].map((name) => `the password of ${name}`).join(', ')
  expect(said(noSecrets, names, absent, [])).toBe(
    `make anew: ${passwords}${copies}; keep, where trees know it, else make anew: ${others}; take from the hosts: ${theRecord}`,
  )
  expect(said({ ...all, former: {} }, names, founding, [])).toBe('finish what was begun')
})
