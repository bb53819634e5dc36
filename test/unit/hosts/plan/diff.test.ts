import { describe, expect, it } from 'vitest'
import { desiredHost, type Materials } from '../../../../src/hosts/desired.ts'
import { diffOfConf, reasonOfConf, sameConf } from '../../../../src/hosts/plan/diff.ts'
import { Secret } from '../../../../src/model/secret.ts'
import { archive, inventory, materials } from '../build.ts'

const confOf = (made: Partial<Materials> = {}, zookeeper: object = {}) =>
  desiredHost(inventory(3, { zookeeper: { ...inventory().zookeeper, ...zookeeper } }), 'zk1', materials(made)).conf
const want = confOf()
const onHost = ({ files, links }: typeof want) => ({
  files: Object.fromEntries(Object.entries(files).map(([name, { text }]) => [name, text.reveal()])),
  links,
})

describe('what changes between two conf releases', () => {
  it.each([
    ['nothing but a secret', confOf({ superDigest: new Secret('super:old') }), 'a secret changed'],
    [
      'settings of zoo.cfg and the JVM',
      confOf({}, { heap: '1g', config: { tickTime: '3000', initLimit: '10', maxClientCnxns: '9' } }),
      'changed: jvm; maxClientCnxns, syncLimit, tickTime in zoo.cfg',
    ],
    [
      'Java',
      confOf({ java: archive('java', 'old') }),
      `changed: java (${archive('java', 'old').release} to ${archive('java').release})`,
    ],
    [
      'what the archive logs with',
      confOf({ zookeeper: archive('zookeeper', 'one', { logging: 'log4j' }) }),
      'changed: jvm; log4j.properties; logback.xml',
    ],
  ])('is told: %s', (_, before, told) => expect(reasonOfConf(want, onHost(before))).toBe(told))

  it('is nothing where both are the same', () => {
    expect(sameConf(want, onHost(want))).toBe(true)
    expect(sameConf(want, onHost(confOf({}, { heap: '1g' })))).toBe(false)
  })

  it('is shown as files that come and go', () => {
    const log4j = confOf({ zookeeper: archive('zookeeper', 'one', { logging: 'log4j' }) })
    const diff = diffOfConf(want, onHost(log4j))
    expect(diff).toContain('--- current/log4j.properties\n+++ /dev/null\n')
    expect(diff).toContain('--- /dev/null\n+++ new/logback.xml\n')
  })
})
