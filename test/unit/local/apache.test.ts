import { expect, test } from 'vitest'
import { apacheFile, apacheSites, archiveUrls, publishedDigest } from '../../../src/local/apache.ts'

const digest = '0123456789abcdef'.repeat(8)
const file = apacheFile('3.9.5')

test("archives come from Apache's mirror, then its archive; checksums never from the mirror", () => {
  expect(archiveUrls(apacheSites(), '3.9.5')).toEqual([
    'https://dlcdn.apache.org/zookeeper/zookeeper-3.9.5/apache-zookeeper-3.9.5-bin.tar.gz',
    'https://archive.apache.org/dist/zookeeper/zookeeper-3.9.5/apache-zookeeper-3.9.5-bin.tar.gz',
  ])
  expect(apacheSites().checksums.map((base) => new URL(base).host)).toEqual([
    'downloads.apache.org',
    'archive.apache.org',
  ])
  expect(apacheSites('https://localhost:1/z/')).toEqual({
    archives: ['https://localhost:1/z'],
    checksums: ['https://localhost:1/z'],
  })
})

test.each([
  ['as sha512sum prints it', `${digest}  ${file}\n`],
  ['as binary', `${digest} *${file}\n`],
  ['alone', digest],
  ['in groups and capitals', `${file}: ${digest.toUpperCase().replace(/(.{8})/g, '$1 ')}\n`],
])('a published digest %s', (_, text) => expect(publishedDigest(text, file)).toBe(digest))

test.each([
  ["another file's", `${digest}  apache-zookeeper-3.9.4-bin.tar.gz`],
  ['too short', digest.slice(1)],
  ['two of them', `${digest}  ${file}\n${digest}  ${file}\n`],
  ['a page', '<html>not found</html>'],
  ['nothing', ''],
])('no digest: %s', (_, text) => expect(publishedDigest(text, file)).toBeUndefined())
