import { describe, expect, test } from 'vitest'
import { authorityFrom, foundingFrom, isTlsLost, whatIsLost } from '../../../../src/commands/secrets/regain.ts'
import { foreignCa, uncertified, wayOf } from '../../../../src/ensemble/plan/way.ts'
import { printOf } from '../../../../src/local/certificate.ts'
import { makeSecrets, noSecrets } from '../../../../src/local/secrets.ts'
import { materialsOf } from '../../../../src/local/tls-materials.ts'
import { certify, tlsOf, withoutAuthority } from '../../../../src/local/tls-secrets.ts'
import { absent, present } from '../../../../src/model/fact.ts'
import { Secret } from '../../../../src/model/secret.ts'
import { tlsOff, type TlsRelease } from '../../../../src/model/tls-stage.ts'
import { ensemble, oldConf } from '../../build.ts'
import { World } from '../../ensemble/world.ts'
import { inventory, inventoryHost } from '../../hosts/build.ts'

const hosts = [1, 2, 3].map((id) => inventoryHost(id, { address: `10.0.0.${id}` }))
const asked = inventory(3, { hosts })
const founding = present({ id: 'f1', hosts: ['zk1'], begunAt: '', state: 'done' as const })

test('case 33: what is lost is told, passwords, the record of the founding and the CA; a name that is new is no loss', () => {
  const all = makeSecrets(noSecrets, ['web'])
  expect(whatIsLost(all, ['web', 'other'], founding, [tlsOff])).toEqual([])
  expect(whatIsLost(noSecrets, ['web'], absent, [])).toEqual([
    'the password of super',
    'the password of dman',
    'the record of its founding',
  ])
  const { super: superUser, dman } = all.passwords
  expect(whatIsLost({ ...all, passwords: { super: superUser!, dman: dman! } }, ['web'], founding, [])).toEqual([
    'the password of web',
  ])
})

test.each(['strict', 'off'] as const)(
  'case 33: members have certificates of a CA whose key is lost, also where clients alone see them (%s), who need its next certificate',
  (mode) => {
    const stage: TlsRelease = { ...tlsOff, mode, expires: 4_000_000_000_000 }
    expect(whatIsLost(makeSecrets(noSecrets), [], founding, [tlsOff, stage])).toEqual([
      'the key of its CA (clients that come by TLS need the new ca.pem)',
    ])
  },
)

test('case 33: the founding comes back from the stamps of those that have its data', () => {
  const record = foundingFrom(asked, ensemble(3).empty('zk3').facts)
  expect(record).toMatchObject({ id: 'f1', hosts: ['zk1', 'zk2'], state: 'done', home: asked.home })
  expect(record.addresses).toEqual({ zk1: '10.0.0.1', zk2: '10.0.0.2' })
})

test('case 18: nothing is recovered of data of two foundings, of another ensemble, or where there is none', () => {
  const mixed = ensemble(3).stamped('f2', 'zk3').facts
  expect(() => foundingFrom(asked, mixed)).toThrow(/of the founding f1, that of zk3 is of f2/)
  expect(() => foundingFrom({ ...asked, ensemble: 'other' }, ensemble(3).facts)).toThrow(/of the ensemble dman/)
  expect(() => foundingFrom(asked, ensemble(3).empty('zk1', 'zk2', 'zk3').facts)).toThrow(/no host carries a stamp/)
})

describe('a CA whose key is lost', async () => {
  const now = Date.parse('2026-05-01T12:00:00Z')
  const named = ['zk1', 'zk2'].map((host, index) => ({ host, must: [`10.0.0.${index + 1}`], may: [] }))
  const ofNow = { ensemble: 'dman', hosts: named, trusted: [], now }
  const { tls } = await certify(noSecrets, ofNow)
  const { certificate = '', members = {} } = tls.ca ?? {}
  const print = printOf(certificate)
  const stage: TlsRelease = { ...tlsOff, mode: 'strict', trusts: [print], issuer: print }
  const seen = Object.entries(members).map(([host, own]) => ({
    host,
    stage,
    files: { member: new Secret(`${own.key.reveal()}${own.certificate}`), trust: certificate },
  }))

  test('case 33: it comes back with what members have, and a new one is made that members come to from there', async () => {
    const former = authorityFrom(seen)
    expect(former).toEqual({ certificate, members })
    const held = makeSecrets(withoutAuthority({ ...noSecrets, made: ['tls:ca', 'tls:member:zk1'] }, former))
    expect(isTlsLost(held)).toBe(false)
    expect(held.made).toEqual(['super', 'dman'])
    const next = await certify(held, { ...ofNow, trusted: [print] })
    expect(printOf(next.tls.ca?.certificate ?? '')).not.toBe(print)
    expect(next.tls.former).toEqual(former)
    expect(tlsOf(next.secrets)).toEqual(next.tls)
    const again = await certify(next.secrets, {
      ...ofNow,
      hosts: [...named, { host: 'zk3', must: ['10.0.0.3'], may: [] }],
      trusted: [print],
    })
    expect(again.tls.former?.members).toEqual(former?.members)
    expect(Object.keys(again.tls.ca?.members ?? {})).toEqual(['zk1', 'zk2', 'zk3'])
  })

  test('case 33: amid a change of the CA, in its first roll and its last, what members trust beside it is known: they come to the new one from there', async () => {
    const other = (await certify(noSecrets, ofNow)).tls.ca?.certificate ?? ''
    const both = { ...stage, trusts: [print, printOf(other)].sort() }
    const amid = seen.map((each, at) =>
      at === 0 ? each : { ...each, stage: both, files: { ...each.files, trust: other + certificate } },
    )
    const { secrets } = await certify(makeSecrets(withoutAuthority(noSecrets, authorityFrom(amid))), {
      ...ofNow,
      trusted: both.trusts,
    })
    const tls = tlsOf(secrets)
    expect(tls.former).toEqual({ certificate, members, others: [other] })
    const made = materialsOf(tls)
    const known = both.trusts.every((one) => made?.authorities[one] !== undefined)
    expect(known).toBe(true)
    const now = new World({ participants: 2, observers: 0, stages: { [oldConf]: both } }).stand().observe()
    const two = inventory(2).hosts
    expect(foreignCa(two, made, now)).toEqual([])
    expect(uncertified({ hosts: two, tls: true }, made, now)).toEqual([])
    const next = printOf(tls.ca?.certificate ?? '')
    const all = [...both.trusts, next].sort()
    expect(wayOf({ hosts: two, tls: true }, made, now)).toMatchObject([
      { trusts: all, issuer: print },
      { trusts: all, issuer: next },
      { trusts: [next], issuer: next },
    ])
    const lacks = { ...amid[1]!, files: { ...amid[1]!.files, trust: certificate } }
    expect(() => authorityFrom([amid[0]!, lacks])).toThrow(/not as we write them/)
  })

  test('there is none where members talk plainly; amid the second roll of a change of it, and with files that are not ours, it is refused', () => {
    expect(authorityFrom([{ host: 'zk1', stage: tlsOff, files: {} }])).toBeUndefined()
    const [first, second] = seen
    const other = { ...second!, stage: { ...stage, issuer: 'another' } }
    expect(() => authorityFrom([first!, other])).toThrow(
      /amid a change of the CA, zk2 shows a certificate of another CA than zk1/,
    )
    expect(() => authorityFrom([{ ...first!, files: {} }])).toThrow(/not as we write them/)
    expect(() => authorityFrom([{ ...first!, files: { trust: certificate } }])).toThrow(/not as we write them/)
  })
})
