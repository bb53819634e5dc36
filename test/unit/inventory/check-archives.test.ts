import { expect, test } from 'vitest'
import { hosts, java, parse, problems, zookeeper } from './build.ts'

const sha256 = `sha256:${'A1'.repeat(32)}`
const sha512 = `sha512:${'b2'.repeat(64)}`
const withJava = (text: string): string => `${hosts}${zookeeper}java: ${text}\n`
const withZooKeeper = (text: string): string => `${hosts}${java}zookeeper: ${text}\n`

test.each([
  [withJava('{ archive: ./missing.tar.gz }'), '3:18: there is no file /work/missing.tar.gz'],
  [withJava('{ archive: ./folder }'), '3:18: /work/folder is not a file'],
  [withJava('{ archive: ~bob/x }'), '3:18: `~bob/x`: only ~/ is understood, for your own home'],
  [withJava('{ archive: "https://x/y.tar.gz" }'), '3:9: an archive from a URL needs its `checksum`'],
  [withJava(`{ archive: "http://x/y.tar.gz", checksum: "${sha256}" }`), '3:18: `http://x/y.tar.gz` is no https URL'],
  [withJava(`{ archive: "file:///y.tar.gz", checksum: "${sha256}" }`), '3:18: `file:///y.tar.gz` is no https URL'],
  [withJava('{ archive: y.tar.gz, checksum: "sha256:abc" }'), '3:38: `java.checksum` must be a checksum, `sha256:` and 64 hex digits or `sha512:` and 128'],
  [withZooKeeper('{ heap: 1g }'), '3:1: `zookeeper` has neither `version` nor `archive`'],
])('%s', (text, problem) => expect(problems(text)).toEqual([problem])) // prettier-ignore

test('a path, a URL, a version, and a version beside a path', () => {
  expect(parse(withJava(`{ archive: "https://x/y.tar.gz", checksum: "${sha256}" }`)).java).toEqual({
    from: 'url',
    url: 'https://x/y.tar.gz',
    checksum: sha256.toLowerCase(),
  })
  expect(parse(withZooKeeper('{ archive: ~/zk.tar.gz, version: 3.9.5 }')).zookeeper.archive).toEqual({
    from: 'path',
    path: '/home/ann/zk.tar.gz',
    version: '3.9.5',
  })
  expect(parse(withZooKeeper(`{ version: 3.8.6, checksum: "${sha512}" }`)).zookeeper.archive).toEqual({
    from: 'apache',
    version: '3.8.6',
    checksum: sha512,
  })
})
