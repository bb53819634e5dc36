import { expect, test } from 'vitest'
import { remedyOf, toldToPrograms } from '../../../src/commands/recover.ts'
import { theRecord, whatIsLost } from '../../../src/commands/regain.ts'
import { makeSecrets, noSecrets } from '../../../src/local/secrets.ts'
import { absent, present } from '../../../src/model/fact.ts'
import { tlsOff } from '../../../src/model/tls-stage.ts'

const names = ['dman', 'web', 'app']
const all = makeSecrets(noSecrets, names)
const founding = present({ id: 'f1', hosts: ['zk1'], begunAt: '', state: 'done' as const })
const said = (...[known, ...others]: Parameters<typeof whatIsLost>) => {
  const lost = whatIsLost(known, ...others)
  return [remedyOf(lost, known, names), toldToPrograms(lost, known, names)]
}
const copies = ' (copies of the former count no more)'
const shows = '; `client --identity NAME` shows each, which its programs need'

test('case 33: what was not lost is not said to be made anew, and its programs are told nothing', () => {
  expect(said(all, names, absent, [])).toEqual([`take from the hosts: ${theRecord}`, undefined])
  expect(said(all, names, founding, [{ ...tlsOff, mode: 'strict', expires: 1 }])).toEqual([
    `make anew: the key of its CA (clients that come by TLS need the new ca.pem)${copies}`,
    undefined,
  ])
  const { super: superUser, dman, app } = all.passwords
  expect(said({ ...all, passwords: { super: superUser!, dman: dman!, app: app! } }, names, founding, [])).toEqual([
    `make anew: the password of web${copies}`,
    `new passwords: web${shows}`,
  ])
})

test('case 33: where the file is gone all of them are named, and by the run that goes on with that, too', () => {
  const passwords = ['super', 'dman', 'web', 'app'].map((name) => `the password of ${name}`).join(', ')
  expect(said(noSecrets, names, absent, [])).toEqual([
    `make anew: ${passwords}${copies}; take from the hosts: ${theRecord}`,
    `new passwords: web, app${shows}`,
  ])
  expect(said({ ...all, former: {} }, names, founding, [])).toEqual([
    'finish what was begun',
    `new passwords, where they were lost: web, app${shows}`,
  ])
})
