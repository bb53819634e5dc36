import { describe, expect, test } from 'vitest'
import { type ConfRelease, type DesiredHost, desiredHost, redactedFiles } from '../../../../src/hosts/desired.ts'
import { planHost } from '../../../../src/hosts/plan.ts'
import { diffOfConf, reasonOfConf } from '../../../../src/hosts/plan/diff.ts'
import { spareReleases } from '../../../../src/hosts/plan/releases.ts'
import { present } from '../../../../src/model/fact.ts'
import { Secret } from '../../../../src/model/secret.ts'
import type { TlsMaterials } from '../../../../src/model/tls-materials.ts'
import { stageIn, tlsOff, type TlsStage } from '../../../../src/model/tls-stage.ts'
import { host, inventory, materials } from '../build.ts'

const pem = (what: string, body: string) => `-----BEGIN ${what}-----\n${body}\n-----END ${what}-----\n`
const member = (name: string) => ({
  certificate: pem('CERTIFICATE', `of${name}`),
  key: new Secret(pem('PRIVATE KEY', `secret${name}`)),
  expires: 2_000_000_000_000,
  names: ['10.0.0.11'],
})
const tls: TlsMaterials = {
  current: 'aa',
  authorities: { aa: { certificate: pem('CERTIFICATE', 'authority'), expires: 1_900_000_000_000 } },
  members: { zk1: { aa: member('zk1') }, zk2: { aa: member('zk2') } },
}
const made = materials({ tls })
const stages = (['mixed', 'tls', 'strict'] as const).map((mode): TlsStage => ({ mode, trusts: ['aa'], issuer: 'aa' }))
const asked = inventory(3, { tls: true })
const want = desiredHost(asked, 'zk1', made, stages)
const plain = desiredHost(inventory(), 'zk1', made)

describe('a conf release with TLS between members', () => {
  test('takes TLS alone, verifies both ends, and has key and chain in one file', () => {
    const { files, stage } = desiredHost(asked, 'zk1', made).conf
    const lines = files['zoo.cfg']?.text.reveal().split('\n') ?? []
    for (const line of [
      'sslQuorum=true',
      'portUnification=false',
      'fips-mode=false',
      'ssl.quorum.hostnameVerification=true',
    ])
      expect(lines).toContain(line)
    expect(files['member.pem']?.text.reveal()).toBe(`${pem('PRIVATE KEY', 'secretzk1')}${pem('CERTIFICATE', 'ofzk1')}`)
    expect(files['trust.pem']?.text.reveal()).toBe(pem('CERTIFICATE', 'authority'))
    // the CA's is the first to expire
    expect(stage).toEqual({ ...stages[2], expires: 1_900_000_000_000, names: ['10.0.0.11'] })
  })

  test('each host has its own, and each stage of the way', () => {
    expect(desiredHost(asked, 'zk2', made).conf.release).not.toBe(want.conf.release)
    const settings = want.way.map(({ files }) =>
      /^(portUnification=.*)\n[^]*^(sslQuorum=.*)$/m.exec(files['zoo.cfg']?.shown ?? ''),
    )
    expect(settings.map((match) => match?.slice(1))).toEqual([
      ['portUnification=true', 'sslQuorum=false'],
      ['portUnification=true', 'sslQuorum=true'],
      ['portUnification=false', 'sslQuorum=true'],
    ])
    expect(plain.conf.files['tls']).toBeUndefined()
  })

  test('a certificate that is not at hand is a refusal, exit 5', () =>
    expect(() => desiredHost(asked, 'zk3', made)).toThrow(expect.objectContaining({ exit: 5, host: 'zk3' }) as Error))

  test('no key is shown, and of a certificate one line; an observation without the key is no difference', () => {
    const shown = Object.values(redactedFiles(want.conf)).join('')
    expect(shown).not.toContain('secretzk1')
    const files = Object.fromEntries(Object.entries(want.conf.files).map(([name, { text }]) => [name, text.reveal()]))
    const seen = {
      files: { ...files, 'member.pem': files['member.pem']?.replace('secretzk1\n', '') ?? '' },
      links: want.conf.links,
    }
    expect(diffOfConf(want.conf, seen)).toBe('')
    const other = { ...seen, files: { ...seen.files, 'trust.pem': pem('CERTIFICATE', 'another') } }
    expect(diffOfConf(want.conf, other)).toMatch(
      /^--- current\/trust.pem\n[^]*-sha256 of this: [0-9a-f]{16}\n\+sha256 of this: [0-9a-f]{16}\n/,
    )
    expect(reasonOfConf(want.conf, other)).toBe('changed: TLS between members')
    expect(reasonOfConf(want.conf, { files: {}, links: want.conf.links })).toMatch(
      /^changed: format; jvm; logback.xml; .*tickTime in zoo.cfg; TLS between members$/,
    )
  })
})

describe('a conf release with TLS for clients', () => {
  const ports = { ...asked.ports, secure: 2281 }
  const alone = desiredHost(inventory(3, { ports }), 'zk1', made)
  const keys = (conf: ConfRelease) => conf.files['zoo.cfg']?.text.reveal().split('\n') ?? []

  test('alone shows the certificate of the CA to come to, asks clients for none, and leaves members as they talk', () => {
    for (const line of [
      'serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory',
      'secureClientPort=2281',
      'secureClientPortAddress=10.0.0.11',
      'ssl.clientAuth=none',
      'ssl.keyStore.location=current/member.pem',
      'ssl.trustStore.location=current/trust.pem',
    ])
      expect(keys(alone.conf)).toContain(line)
    expect(keys(alone.conf).filter((line) => /quorum|fips|portUnification/i.test(line))).toEqual([])
    expect(alone.conf.files['member.pem']?.text.reveal()).toContain('secretzk1')
    expect(alone.conf.stage).toEqual({ ...tlsOff, expires: 1_900_000_000_000, names: ['10.0.0.11'] })
    expect(stageIn(alone.conf.files['tls']?.text.reveal() ?? '')).toEqual(alone.conf.stage)
    expect(desiredHost(inventory(3, { ports }), 'zk2', made).conf.release).not.toBe(alone.conf.release)
    expect(() => desiredHost(inventory(3, { ports }), 'zk3', made)).toThrow(
      expect.objectContaining({ exit: 5 }) as Error,
    )
    expect(() => desiredHost(inventory(3, { ports }), 'zk1', materials())).toThrow(/TLS/)
  })

  test('beside TLS between members has both, in every stage of the way', () => {
    const { way } = desiredHost({ ...asked, ports }, 'zk1', made, stages)
    for (const conf of way)
      expect(keys(conf)).toEqual(expect.arrayContaining(['secureClientPort=2281', 'ssl.quorum.keyStore.type=PEM']))
    expect(way.map(({ stage }) => stage.mode)).toEqual(['mixed', 'tls', 'strict'])
  })

  test('says what changes: TLS for clients, for members, or both', () => {
    const seen = ({ conf }: DesiredHost) => ({
      files: Object.fromEntries(Object.entries(conf.files).map(([name, { text }]) => [name, text.reveal()])),
      links: conf.links,
    })
    const both = desiredHost({ ...asked, ports }, 'zk1', made)
    expect(reasonOfConf(alone.conf, seen(plain))).toBe('changed: TLS for clients')
    expect(reasonOfConf(plain.conf, seen(alone))).toBe('changed: TLS for clients')
    expect(reasonOfConf(both.conf, seen(alone))).toBe('changed: TLS between members')
    expect(reasonOfConf(both.conf, seen(desiredHost(asked, 'zk1', made)))).toBe('changed: TLS for clients')
    expect(reasonOfConf(both.conf, seen(plain))).toBe('changed: TLS between members; TLS for clients')
    const renewed = { ...seen(alone), files: { ...seen(alone).files, 'member.pem': pem('CERTIFICATE', 'another') } }
    expect(reasonOfConf(alone.conf, renewed)).toBe('changed: TLS for clients')
  })
})

describe('on its way there a host', () => {
  const runs = host(1).asDesired(plain)

  test('gets every conf release before the first is switched to', () => {
    const written = planHost(want, runs.facts).filter(({ kind }) => kind === 'write-conf')
    expect(written.map(({ path }) => path)).toEqual(want.way.map(({ release }) => `releases/${release}`))
  })

  test('keeps, once all serve, the last and the last but one', () => {
    const [mixed, encrypted, strict] = want.way.map(({ release }) => release)
    const notes = want.way.map(({ release }) => release)
    expect(spareReleases(want, runs.laidFacts, notes)).toEqual({ now: [], serves: [plain.conf.release, mixed] })
    const laid = host(1)
      .asDesired(desiredHost(asked, 'zk1', made))
      .laid({ releases: [...archives(), encrypted ?? '', strict ?? ''], previous: present(encrypted ?? '') }).laidFacts
    expect(spareReleases(desiredHost(asked, 'zk1', made), laid, [])).toEqual({ now: [], serves: [] })
  })
})

const archives = () => [made.java.release, made.zookeeper.release]
