import { expect, test } from 'vitest'
import { hosts, java, parse, problems, zookeeper } from './build.ts'

const rest = hosts + java + zookeeper
const server = (text: string): string => `${hosts}${java}zookeeper: { version: 3.9.5, ${text} }\n`

test.each([
  [`${rest}home: ~/dman\n`, "4:7: `home` starts below the user's home already: leave the ~/ out"],
  [`${rest}home: /opt/dman\n`, "4:7: `home` is a folder below the user's home, not an absolute path"],
  [`${rest}home: a/../b\n`, '4:7: `home` has an empty part, or . or .. in it'],
  [`${rest}home: a b\n`, '4:7: `home` takes letters, digits, . _ - and / only'],
  [`${rest}home: .ssh/x\n`, '4:7: `home` cannot be where SSH keeps its keys'],
  [`${rest}ports: { client: 3889 }\n`, '4:1: port 3889 is both `client` and `election`'],
  [`${rest}ports: { secure: 2889 }\n`, '4:18: port 2889 is both `peer` and `secure`'],
  [`${rest}ports: { metrics: 2180 }\n`, '4:19: port 2180 is both `client` and `metrics`'],
  [`${rest}ensemble: Dman\n`, '4:11: `ensemble` must be the name of the ensemble: small letters, digits and -, a letter first'],
  [`${rest}secrets: ./folder\n`, '4:10: /work/folder is not a file'],
  [`${rest}secrets: ~bob/s.json\n`, '4:10: `~bob/s.json`: only ~/ is understood, for your own home'],
  [server('config: { snapCount: 2147483648 }'), '3:51: `zookeeper.config.snapCount` must be a whole number of at most 2147483647'],
  [server('config: { snapCount: "2147483648" }'), '3:51: `zookeeper.config.snapCount` must be a whole number of at most 2147483647'],
  [server('heap: 512'), "3:36: `zookeeper.heap` must be Java's heap such as 512m or 2g"],
  [server('heap: 16m'), '3:36: a heap of 16m is too small for ZooKeeper'],
  [server('heap: 2048g'), '3:36: a heap of 2048g is more than 1024g'],
  [server('config: { tickTime: 0 }'), '3:50: `tickTime` must be at least 1'],
  [server('config: { minSessionTimeout: 50000 }'), '3:59: the least session timeout is above the greatest'],
  [server('config: { autopurge.snapRetainCount: 2 }'), '3:67: ZooKeeper keeps at least 3 snapshots'],
  [server('config: { watchManagerName: "a\\nb" }'), '3:58: `zookeeper.config.watchManagerName` must be a text of one line without backslashes'],
])('%s', (text, problem) => expect(problems(text)).toEqual([problem])) // prettier-ignore

test('numbers and booleans of zoo.cfg become text and overlay the defaults', () => {
  const { config, heap } = parse(
    server('heap: 2G, config: { tickTime: 3000, digest.enabled: true, syncLimit: "7" }'),
  ).zookeeper
  expect(config).toMatchObject({ tickTime: '3000', 'digest.enabled': 'true', syncLimit: '7', initLimit: '10' })
  expect(heap).toBe('2g')
})
