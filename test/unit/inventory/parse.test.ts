import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failures } from '../../../src/model/failure.ts'
import { hosts, java, parse, problems, zookeeper } from './build.ts'

test('the smallest inventory is complete', () => {
  expect(parse(hosts + java + zookeeper)).toEqual({
    directory: '/work',
    ensemble: 'dman',
    home: 'dman',
    hosts: [
      {
        name: 'zk1',
        id: 1,
        address: '10.0.0.11',
        role: 'participant',
        ssh: { host: '10.0.0.11' },
      },
    ],
    ports: { client: 2180, peer: 2889, election: 3889 },
    java: { from: 'path', path: '/work/jre.tar.gz' },
    zookeeper: {
      archive: { from: 'apache', version: '3.9.5' },
      heap: '512m',
      jvm: [],
      config: {
        tickTime: '2000',
        initLimit: '10',
        syncLimit: '5',
        'fastleader.minNotificationInterval': '50',
        'fastleader.maxNotificationInterval': '2000',
        'autopurge.purgeInterval': '1',
        'autopurge.snapRetainCount': '5',
      },
    },
    tls: true,
    trees: [],
    state: '/work/.dman/dman',
    secrets: '/work/.dman/dman/secrets.json',
  })
})

describe('case 28: typos are told with line, column and suggestion', () => {
  test('all of them at once, in the order of the file', () => {
    const text = `ensmble: dman
hosts:
  zk1: { id: 1, adress: 10.0.0.11 }
  zk2:
    id: 2
    address: 10.0.0.12
    rolle: observer
java: { archive: jre.tar.gz, chcksum: abc }
zookeeper:
  version: 3.9.5
  heep: 1g
`
    expect(problems(text)).toEqual([
      '1:1: unknown key `ensmble`; did you mean `ensemble`?',
      '3:17: unknown key `adress` in `hosts.zk1`; did you mean `address`?',
      '7:5: unknown key `rolle` in `hosts.zk2`; did you mean `role`?',
      '8:30: unknown key `chcksum` in `java`; did you mean `checksum`?',
      '11:3: unknown key `heep` in `zookeeper`; did you mean `heap`?',
    ])
  })

  test('the failure names the file and says what to write', () => {
    const thrown = (() => {
      try {
        parse(`host: {}\n${java}${zookeeper}`)
      } catch (error) {
        return error
      }
      return undefined
    })()
    expect(thrown).toBeInstanceOf(Failures)
    const [only, ...others] = (thrown as Failures).all
    expect(others).toEqual([])
    expect(only).toMatchObject({ step: 'inventory.yml:1:1', hint: 'write `hosts`', exit: 3 })
  })

  test('a key in the wrong place is sent to the right one', () => {
    expect(problems(`${hosts}${java}zookeeper: { version: 3.9.5, tickTime: 1 }\naddress: 1.2.3.4\n`)).toEqual([
      '3:30: unknown key `tickTime` in `zookeeper`; did you mean it in `zookeeper.config`?',
      '4:1: unknown key `address`; did you mean it in a host?',
    ])
  })

  test('wrong types and missing values', () => {
    const text = `hosts:
  zk1: { id: "1", address: 10.0.0.11 }
  zk2: { address: 10.0.0.12, role: leader }
  zk3:
java: jre.tar.gz
zookeeper: { version: 3.9, jvm: -Xss1m }
tls: yes
`
    expect(problems(text)).toEqual([
      "2:14: `hosts.zk1.id` must be the member's id, a whole number from 1 to 255, never given to another host",
      "3:3: `hosts.zk2.id` is missing; it is the member's id, a whole number from 1 to 255, never given to another host",
      '3:36: `hosts.zk2.role` must be the role of the member: participant, observer, or absent to let it leave',
      '4:3: `hosts.zk3` is missing; it is a host such as { id: 1, address: 10.0.0.11 }',
      '5:7: `java` must be the Java runtime: { archive: …, checksum: … }',
      '6:23: `zookeeper.version` must be a release of ZooKeeper such as 3.9.5',
      '6:33: `zookeeper.jvm` must be a list of JVM options such as [-XX:+UseSerialGC]',
      '7:6: `tls` must be true or false',
    ])
  })

  test('what makes no sense is told beside the typos', () => {
    const text = `${java}${zookeeper}
hosts:
  zk1: { id: 1, address: 10.0.0.11, rol: observer }
  zk2: { id: 1, address: 10.0.0.12 }
`
    expect(problems(text)).toEqual([
      '5:37: unknown key `rol` in `hosts.zk1`; did you mean `role`?',
      "6:14: id 1 is both zk1's and zk2's",
    ])
  })

  test('what has to be there and is not keeps nothing beside it from being checked', () => {
    const text = `${java}${zookeeper}
hosts:
  zk1: { id: one, address: 10.0.0.11, ssh: { identity: ./missing } }
  zk2: { id: 2, adress: 10.0.0.12, ssh: { jump: ["a b"] } }
  zk3: { id: 2, address: 10.0.0.13 }
trees:
  app: { path: no, from: ./gone }
  web: { path: /web, form: ./missing, history: 0 }
`
    expect(problems(text)).toEqual([
      "5:14: `hosts.zk1.id` must be the member's id, a whole number from 1 to 255, never given to another host",
      '5:56: there is no file /work/missing',
      '6:17: unknown key `adress` in `hosts.zk2`; did you mean `address`?',
      '6:50: `a b` is not a hop such as ops@bastion.example.net:22',
      "7:14: id 2 is both zk2's and zk3's",
      expect.stringMatching(/^9:16: /),
      '9:26: /work/gone is not a folder',
      '10:22: unknown key `form` in `trees.web`; did you mean `from`?',
      expect.stringMatching(/^10:48: /),
    ])
  })

  test('where an address is missing the others are held against each other, loopback ones too', () => {
    const of = (address: string) => `${java}${zookeeper}
hosts:
  zk1: { id: 1 }
  zk2: { id: 2, address: ${address} }
`
    const missing = [expect.stringMatching(/^5:3: `hosts.zk1.address` is missing/)]
    expect(problems(of('127.0.0.2'))).toEqual(missing)
    expect(problems(of('10.0.0.2'))).toEqual(missing)
  })

  test('an empty file, a list, and no YAML at all', () => {
    expect(problems('')).toEqual(['1:1: the file is empty'])
    expect(problems('# nothing\n')).toEqual(['1:1: the file is empty'])
    expect(problems('- zk1\n')).toEqual([
      '1:1: the file must be an inventory: a mapping with `hosts`, `java` and `zookeeper`',
    ])
    expect(problems('hosts: [1\n')[0]).toMatch(/^\d+:\d+: not YAML: /)
  })
})

test('case 29: a zoo.cfg key that does not exist, with the one that was meant', () => {
  const text = `${hosts}${java}zookeeper:
  version: 3.9.5
  config:
    tickTme: 2000
    connectionMaxTokens: 10
    flurb: 1
    syncLimit: soon
    zookeeper.snapCount: 5
`
  expect(problems(text)).toEqual([
    '6:5: unknown key `tickTme` in `zookeeper.config`; did you mean `tickTime`?',
    '7:5: unknown key `connectionMaxTokens` in `zookeeper.config`; did you mean `connection_throttle_tokens`?',
    '8:5: unknown key `flurb` in `zookeeper.config`',
    '9:16: `zookeeper.config.syncLimit` must be a whole number of at most 2147483647',
    '10:5: unknown key `zookeeper.snapCount` in `zookeeper.config`; did you mean `snapCount`?',
  ])
})

test('case 39: owned and unsafe options are refused with the reason', () => {
  const text = `${hosts}${java}zookeeper:
  version: 3.9.5
  jvm: [-XX:+UseSerialGC, -Xmx1g, -Dzookeeper.skipACL=yes]
  config:
    forceSync: no
    dataDir: /var/lib
    ssl.quorum.keyStore.location: /x
`
  expect(problems(text)).toEqual([
    '5:27: `-Xmx1g` is not yours to set: the heap is set by `zookeeper.heap`',
    '5:35: `skipACL` is unsafe: it opens every znode to everyone',
    '7:5: `forceSync` is unsafe: without it a power cut loses acknowledged writes',
    '8:5: `dataDir` is not yours to set: data and logs stay in one folder below `home`',
    '9:5: `ssl.quorum.keyStore.location` is not yours to set: TLS is set up by dman-bootstrap itself (`tls`, `ports.secure`)',
  ])
})

// A good inventory's words, so that the random ones come near to it.
const words = [
  'hosts',
  'zk1',
  'id',
  'address',
  'java',
  'zookeeper',
  'archive',
  'version',
  'config',
  'tickTime',
  'trees',
  'ssh',
  '<<',
  '__proto__',
]
const scraps = [': ', '\n', '\n  ', '\n    ', '- ', '{', '}', '[', ']', ', ', '&a ', '*a', '"', "'", '!!map ', '? ', '|\n', '#', '1', '10.0.0.1', '3.9.5', '~', '\t', '\0', '😀', '---\n'] // prettier-ignore

test('whatever the text, the answer is an inventory or Failures that name a place', () => {
  const near = fc.array(fc.constantFrom(...words, ...scraps), { maxLength: 40 }).map((parts) => parts.join(''))
  const value = fc.jsonValue({ maxDepth: 3 }).map((part) => JSON.stringify(part))
  const keyed = fc
    .dictionary(fc.constantFrom(...words, 'ports', 'tls', 'secrets', 'home'), value)
    .map((parts) => Object.entries(parts).map(([key, part]) => `${key}: ${part}\n`).join('')) // prettier-ignore
  fc.assert(
    fc.property(fc.oneof(near, keyed, fc.string({ unit: 'binary' })), (text) => {
      for (const problem of problems(text)) expect(problem).toMatch(/^\d+:\d+: \S/)
    }),
    { numRuns: 150 },
  )
})

test('a good inventory with one letter changed is an inventory or Failures', () => {
  const good = `ssh: { user: dman, jump: [a@b] }\n${hosts}${java}${zookeeper}trees: { app: { path: /dman/config, from: ./folder } }\n`
  expect(problems(good)).toEqual([])
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.string({ maxLength: 2 }), (at, letter) => {
      problems(good.slice(0, at) + letter + good.slice(at + 1))
    }),
    { numRuns: 100 },
  )
})
