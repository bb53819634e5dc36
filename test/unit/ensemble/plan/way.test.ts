import { expect, test } from 'vitest'
import { foreignCa, uncertified, wayOf } from '../../../../src/ensemble/plan/way.ts'
import { tlsOff, type TlsRelease } from '../../../../src/model/tls-stage.ts'
import { oldConf } from '../../build.ts'
import { certificates, inventory } from '../../hosts/build.ts'
import { World } from '../world.ts'

const { hosts } = inventory(3)
const names = hosts.map(({ name }) => name)
const strict = (ca: string, expires = 4_000_000_000_000): TlsRelease => ({
  ...{ mode: 'strict', trusts: [ca], issuer: ca },
  ...{ expires, names: [] },
})
/** Three that serve, all at this stage. */
const serving = (stage: TlsRelease) =>
  new World({ participants: 3, observers: 0, stages: { [oldConf]: stage } }).stand().observe()
const shown = (...asked: Parameters<typeof wayOf>) =>
  wayOf(...asked).map(({ mode, trusts, issuer }) => `${mode} ${trusts.join('+')} ${issuer}`.trim())
const tls = { hosts, tls: true }

test('members go by stages that lose nobody, where all certificates for them are at hand', () => {
  const made = certificates(names, ['a', 'b'], 'b')
  expect(shown(tls, made, serving(tlsOff))).toEqual(['mixed b b', 'tls b b', 'strict b b'])
  expect(shown(tls, made, serving(strict('a')))).toEqual(['strict a+b a', 'strict a+b b', 'strict b b'])
  expect(shown({ hosts, tls: false }, made, serving(strict('b')))).toEqual(['tls b b', 'mixed b b', 'off'])
})

test('one that is alone goes there at once; where others are to join it, by stages', () => {
  const made = certificates(names, ['b'], 'b')
  const now = new World({ participants: 1, observers: 0, stages: { [oldConf]: tlsOff } }).stand().observe()
  expect(shown({ ...tls, hosts: hosts.slice(0, 1) }, made, now)).toEqual(['strict b b'])
  expect(shown(tls, made, now)).toEqual(['mixed b b', 'tls b b', 'strict b b'])
})

test('where they are not, or have expired, there is the last stage alone', () => {
  const now = serving(strict('a'))
  expect(shown(tls, certificates(names, ['b'], 'b'), now)).toEqual(['strict b b'])
  expect(shown(tls, certificates(names.slice(1), ['a', 'b'], 'b'), now)).toEqual(['strict b b'])
  expect(shown(tls, certificates(names, ['a', 'b'], 'b'), serving(strict('a', 1)))).toEqual(['strict b b'])
  expect(shown(tls, undefined, now)).toEqual(['off'])
})

test('hosts without a certificate of the CA on the way are named, exit 5: its key is lost', () => {
  const of = (made: ReturnType<typeof certificates> | undefined, now = serving(strict('a'))) =>
    uncertified(tls, made, now).map(({ host, exit }) => [host, exit])
  const all = certificates(names, ['a', 'b'], 'b')
  const [first = '', ...others] = names
  expect(of(all)).toEqual([])
  const members = { ...all.members, [first]: certificates([first], ['b'], 'b').members[first] ?? {} }
  expect(of({ ...all, members })).toEqual([[first, 5]])
  expect(of({ ...all, members }, serving(strict('b')))).toEqual([])
  // told by foreignCa
  expect(of(certificates(others, ['b'], 'b'))).toEqual([])
  expect(of(undefined)).toEqual([])
})

test('a CA that those trust who serve, or served last, and nobody has is refused, exit 5', () => {
  const refused = (cas: readonly string[] | undefined) =>
    foreignCa(hosts, cas && certificates(names, cas, 'b'), serving(strict('a')))
  expect(refused(['a', 'b'])).toEqual([])
  for (const cas of [['b'], undefined])
    expect(refused(cas)).toEqual([expect.objectContaining({ exit: 5, got: expect.stringContaining('(a)') as string })])
  expect(foreignCa(hosts, undefined, serving(tlsOff))).toEqual([])
  const stopped = (stage: TlsRelease) =>
    new World({ participants: 3, observers: 0, stages: { [oldConf]: stage } }).stand([false, false, false]).observe()
  const made = certificates(names, ['b'], 'b')
  expect(foreignCa(hosts, made, stopped(strict('a')))).toHaveLength(1)
  expect(foreignCa(hosts, made, stopped(strict('b')))).toEqual([])
  // then all get new ones together, whatever they had
  expect(foreignCa(hosts, made, stopped(strict('a', -1)))).toEqual([])
})
