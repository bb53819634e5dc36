import { expect, test } from 'vitest'
import { hasMetrics, hasNetty, kindReader, loggingOf } from '../../../src/local/kind.ts'

const elf = Buffer.alloc(64)
elf.write('\x7fELF', 'latin1')
elf.writeUInt16LE(62, 18)

function reads(kind: 'java' | 'zookeeper', files: Record<string, Buffer | string>, mode = 0o755) {
  const reader = kindReader(kind)
  for (const [path, text] of Object.entries(files)) {
    const bytes = Buffer.from(text)
    const taker = reader.entry(path, { name: `top/${path}`, type: 'file', size: bytes.length, mode })
    taker?.read(bytes)
    taker?.end()
  }
  return reader.result()
}

test('a Java runtime tells its version, machine and libc', () => {
  const release = 'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_VERSION="17.0.12"\nOS_ARCH="x86_64"\n'
  expect(reads('java', { release, 'bin/java': elf, 'lib/server/libjvm.so': Buffer.from('GLIBC_2.12\0') })).toEqual({
    told: { version: '17.0.12', arch: 'x86_64', glibc: '2.12', libc: 'glibc' },
  })
})

test.each([
  ['nothing of it', {}, 'no bin/java'],
  ['a script for java', { 'bin/java': '#!/bin/sh' }, 'no Linux program'],
  ['one for macOS', { 'Contents/Home/bin/java': elf }, 'macOS'],
  ['one for Windows', { 'bin/java.exe': 'MZ' }, 'Windows'],
  ['ZooKeeper', { 'lib/zookeeper-3.9.5.jar': 'PK' }, 'no Java runtime'],
])('case 7: %s is no Java runtime', (_, files, why) => {
  expect(reads('java', files)).toEqual({ wrong: expect.stringContaining(why) as string })
})

test('case 7: a java that cannot be run is refused', () => {
  expect(reads('java', { 'bin/java': elf }, 0o644)).toEqual({ wrong: 'its bin/java is not executable' })
})

test('ZooKeeper tells its version and what it logs by', () => {
  const lib = (...jars: string[]) => Object.fromEntries(jars.map((jar) => [`lib/${jar}.jar`, 'PK']))
  expect(reads('zookeeper', lib('zookeeper-jute-3.9.5', 'zookeeper-3.9.5', 'logback-classic-1.3.15'))).toEqual({
    told: { version: '3.9.5', logging: 'logback', metrics: false, netty: false },
  })
  expect(reads('zookeeper', lib('zookeeper', 'log4j-1.2'))).toEqual({
    told: { logging: 'log4j', metrics: false, netty: false },
  })
})

test('case 7: neither the source nor anything else is ZooKeeper', () => {
  expect(reads('zookeeper', { 'pom.xml': '<project>' })).toEqual({
    wrong: expect.stringContaining('-bin.tar.gz') as string,
  })
  expect(reads('zookeeper', { 'bin/java': elf, 'lib/zookeeper-jute-3.9.5.jar': 'PK' })).toEqual({
    wrong: expect.stringContaining('no ZooKeeper') as string,
  })
})

test.each([
  [['logback-classic-1.2.13', 'logback-core-1.2.13'], 'logback'],
  [['log4j-1.2.17', 'slf4j-log4j12-1.7.25'], 'log4j'],
  [['reload4j-1.2.19', 'slf4j-reload4j-1.7.35'], 'log4j'],
  [['slf4j-api-1.7.30'], undefined],
])('%j logs by %s', (jars, logging) => expect(loggingOf(jars)).toBe(logging))

const provider = ['zookeeper-prometheus-metrics-3.9.4', 'simpleclient-0.9.0', 'simpleclient_servlet-0.9.0', 'jetty-servlet-9.4.58'] // prettier-ignore
test.each(provider)('without %s there are no metrics', (left) => {
  expect(hasMetrics(provider)).toBe(true)
  expect(hasMetrics(provider.filter((jar) => jar !== left))).toBe(false)
})

const netty = ['buffer', 'codec', 'common', 'handler', 'resolver', 'transport', 'transport-classes-epoll'].map((part) => `netty-${part}-4.1.130.Final`) // prettier-ignore
test.each(netty)('without %s there is no TLS for clients', (left) => {
  expect(hasNetty([...netty, 'netty-transport-native-unix-common-4.1.130.Final'])).toBe(true)
  expect(hasNetty([...netty.filter((jar) => jar !== left), 'netty-transport-native-unix-common-4.1.130.Final'])).toBe(
    false,
  )
})

test("Debian's jars of Netty have no version in their names, those of Netty 4.2 codecs of another", () => {
  const others = ['netty-buffer', 'netty-common', 'netty-handler', 'netty-resolver', 'netty-transport', 'netty-transport-native-epoll'] // prettier-ignore
  expect(hasNetty([...others, 'netty-codec'])).toBe(true)
  expect(hasNetty([...others, 'netty-codec-base-4.2.7.Final'])).toBe(true)
})
