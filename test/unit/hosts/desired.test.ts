import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { desiredHost, type Materials, redactedFiles, strikeOut, superDigestOf } from '../../../src/hosts/desired.ts'
import type { Inventory } from '../../../src/inventory/inventory.ts'
import { Secret } from '../../../src/model/secret.ts'
import { archive, inventory, materials } from './build.ts'

const desiredConf = (inv: Inventory, made: Materials) => desiredHost(inv, 'zk1', made).conf

const textOf = (name: string, made = materials(), inv = inventory()): string =>
  desiredConf(inv, made).files[name]?.text.reveal() ?? ''
const withZooKeeper = (more: Partial<ReturnType<typeof inventory>['zookeeper']>) =>
  inventory(3, { zookeeper: { ...inventory().zookeeper, ...more } })

describe('a conf release', () => {
  it('holds zoo.cfg without member lines', () => {
    const made = materials({ superDigest: new Secret('super:abc=') })
    expect(textOf('zoo.cfg', made).split('\n').slice(1)).toEqual([
      'dataDir=./data',
      'standaloneEnabled=false',
      'reconfigEnabled=true',
      'admin.enableServer=false',
      '4lw.commands.whitelist=srvr,mntr,ruok,conf',
      'authProvider.sasl=org.apache.zookeeper.server.auth.SASLAuthenticationProvider',
      'initLimit=10',
      'syncLimit=5',
      'tickTime=2000',
      'DigestAuthenticationProvider.superDigest=super:abc=',
      '',
    ])
  })

  it('is one for all hosts, and with metrics one a host, at its own address', () => {
    const made = materials()
    const plain = inventory()
    expect(new Set(plain.hosts.map(({ name }) => desiredHost(plain, name, made).conf)).size).toBe(1)
    const metered = inventory(3, { ports: { ...plain.ports, metrics: 7000 } })
    const confs = metered.hosts.map(({ name }) => desiredHost(metered, name, made).conf)
    expect(new Set(confs.map(({ release }) => release)).size).toBe(3)
    const lines = confs.map(({ files }) => (files['zoo.cfg']?.shown ?? '').match(/^metricsProvider.*$/gm))
    expect(lines[1]).toEqual([
      'metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider',
      'metricsProvider.httpHost=10.0.0.12',
      'metricsProvider.httpPort=7000',
    ])
  })

  it('holds one JVM argument a line', () => {
    const inv = withZooKeeper({ heap: '1g', jvm: ['-XX:+UseSerialGC', '-Dsome=a b'] })
    expect(textOf('jvm', materials(), inv)).toBe(
      '-Xmx1g\n-XX:+UseSerialGC\n-Dsome=a b\n-Dlogback.configurationFile=current/logback.xml\n',
    )
  })

  it('logs as the archive does', () => {
    const log4j = materials({ zookeeper: archive('zookeeper', 'old', { logging: 'log4j' }) })
    expect(Object.keys(desiredConf(inventory(), log4j).files)).toEqual(['format', 'zoo.cfg', 'jvm', 'log4j.properties'])
    expect(textOf('jvm', log4j)).toContain('\n-Dlog4j.configuration=file:current/log4j.properties\n')
    expect(textOf('log4j.properties', log4j)).toContain('.MaxFileSize=10MB\n')
    expect(textOf('logback.xml')).toMatch(
      /<file>log\/zookeeper\.log<\/file>[^]*<maxIndex>10<\/maxIndex>[^]*level="INFO"/,
    )
  })

  it('goes without a logging configuration where the archive is not known to log', () => {
    const silent = { ...archive('zookeeper') }
    delete (silent as { logging?: string }).logging
    expect(Object.keys(desiredConf(inventory(), materials({ zookeeper: silent })).files)).toEqual([
      'format',
      'zoo.cfg',
      'jvm',
    ])
  })

  it('links to the releases it runs with', () => {
    const made = materials()
    expect(desiredConf(inventory(), made).links).toEqual({ java: made.java.release, zookeeper: made.zookeeper.release })
  })

  it('is named by its content', () => {
    const { release } = desiredConf(inventory(), materials())
    const others = [
      desiredConf(withZooKeeper({ heap: '1g' }), materials()),
      desiredConf(inventory(), materials({ java: archive('java', 'two') })),
      desiredConf(inventory(), materials({ superDigest: new Secret('super:other') })),
    ].map((conf) => conf.release)
    expect(release).toMatch(/^conf-[0-9a-f]{12}$/)
    expect(new Set([release, ...others]).size).toBe(4)
    const reordered = withZooKeeper({ config: { syncLimit: '5', tickTime: '2000', initLimit: '10' } })
    expect(desiredConf(reordered, materials()).release).toBe(release)
  })

  it('is the same on every host', () => {
    const [one, two] = ['zk1', 'zk2'].map((name) => desiredHost(inventory(), name, materials()))
    expect(one?.conf.release).toBe(two?.conf.release)
  })

  it('refuses a JVM option that would be two', () => {
    expect(() => desiredConf(withZooKeeper({ jvm: ['-Da=b\n-Dc=d'] }), materials())).toThrow(/control character/)
  })
})

describe('secrets', () => {
  it('are struck out wherever a conf release is shown', () => {
    const conf = desiredConf(inventory(), materials({ superDigest: new Secret('super:geheim') }))
    expect(redactedFiles(conf)['zoo.cfg']).toContain('\nDigestAuthenticationProvider.superDigest=‹secret›\n')
    expect(inspect(conf, { depth: 9 }) + JSON.stringify(conf)).not.toContain('geheim')
  })
  it('are struck out of TLS settings too', () => {
    expect(strikeOut('ssl.keyStore.password=abc\ntickTime=1\n')).toBe('ssl.keyStore.password=‹secret›\ntickTime=1\n')
  })
  it('make the digest that ZooKeeper asks for', () => {
    // base64(sha1('super:test')), as ZooKeeper's own DigestAuthenticationProvider prints it
    expect(superDigestOf(new Secret('test')).reveal()).toBe('super:D/InIHSb7yEEbrWz8b9l71RjZJU=')
  })
})
