import { expect, test } from 'vitest'
import { hosts, java, parse, problems, zookeeper } from './build.ts'

const trees = (text: string): string => `${hosts}${java}${zookeeper}trees:\n${text}\n`
const path = (text: string): string => trees(`  app: { path: ${text}, from: ./folder }`)
const acl = (text: string): string => trees(`  app: { path: /a, from: ./folder, acl: ["${text}"] }`)

test.each([
  [path('/'), '5:16: `/`: the root, which holds what is not ours'],
  [path('/a/'), '5:16: `/a/`: a path that ends with /'],
  [path('/a//b'), '5:16: `/a//b`: an empty name'],
  [path('/a/../b'), '5:16: `/a/../b`: the name ..'],
  [path('/zookeeper'), '5:16: `/zookeeper`: a path below /zookeeper, which is ZooKeeper’s own'],
  [path('/dman/meta/app'), '5:16: `/dman/meta/app`: a path below /dman/meta, where metadata is'],
  [path('/dman'), '5:16: `/dman`: a path above /dman/meta, where metadata is'],
  [path('"/a\\u0007"'), '5:16: `/a\u0007`: the character U+0007 in a name'],
  [path('a'), '5:16: `trees.app.path` must be where the tree lives in ZooKeeper, an absolute znode path'],
  [trees('  app: { path: /a, from: ./missing }'), '5:26: there is no folder /work/missing'],
  [trees('  app: { path: /a, from: ./file }'), '5:26: /work/file is not a folder'],
  [trees('  a: { path: /x/y, from: ./folder }\n  b: { path: /x, from: ./folder }'), '6:14: `/x`: it and `/x/y` of `a` lie in each other'],
  [acl('world:anyone'), '5:42: `world:anyone`: it does not have three parts, scheme:id:permissions'],
  [acl('world:all:r'), '5:42: `world:all:r`: the only id of `world` is `anyone`'],
  [acl('digest:super:r", "digest:dman:cdrwa'), '5:42: `digest:super:r`: that is ZooKeeper’s super user, who needs no ACL'],
  [acl('digest:a b:r", "digest:dman:cdrwa'), '5:42: `digest:a b:r`: the name of an identity is letters, digits, . _ - and a letter or digit first'],
  [acl('digest:dman:rx'), '5:42: `digest:dman:rx`: permissions are letters out of cdrwa, each once'],
  [acl('x509:CN=app:r'), '5:42: `x509:CN=app:r`: there is no scheme `x509`; there are world, digest, ip, sasl'],
  [acl('wrld:anyone:r'), '5:42: `wrld:anyone:r`: there is no scheme `wrld`; there are world, digest, ip, sasl'],
])('%j', (text, problem) => expect(problems(text)).toEqual([problem])) // prettier-ignore

test('a tree has defaults, and neighbours may begin alike', () => {
  const text = trees(
    '  a: { path: /x/y, from: ./folder }\n  b: { path: /x/yy, from: ~/folder, prune: never, acl: ["digest:dman:cdrw", "ip:fd00::/8:r"] }',
  )
  expect(parse(text).trees).toEqual([
    {
      name: 'a',
      path: '/x/y',
      from: '/work/folder',
      format: 'files',
      prune: 'owned',
      acl: ['digest:dman:cdrwa', 'world:anyone:r'],
    },
    {
      name: 'b',
      path: '/x/yy',
      from: '/home/ann/folder',
      format: 'files',
      prune: 'never',
      acl: ['digest:dman:cdrw', 'ip:fd00::/8:r'],
    },
  ])
})

const from = (text: string, more = ''): string => `${trees(`  app: { path: /a, from: ${text} }`)}${more}`

test.each([
  [from('.', 'secrets: /else/s.json'), '5:26: /work would publish /work/.dman, the state folder, which holds passwords'],
  [from('.dman/x/folder'), '5:26: /work/.dman/x/folder would publish /work/.dman, the state folder, which holds passwords'],
  [from('./folder', 'secrets: folder/s.json'), '5:26: /work/folder would publish /work/folder/s.json, the file with the passwords'],
  [from('folder', 'ssh: { identity: folder/key }'), '5:26: /work/folder would publish /work/folder/key, a private key'],
  [from('"~/"'), '5:26: /home/ann would publish /home/ann/.ssh, the folder of private keys'],
])('a source that would publish secrets is refused: %j', (text, problem) => expect(problems(text)).toContain(problem)) // prettier-ignore

test.each([
  ['world:anyone:r', 'cdw'],
  ['ip:10.0.0.0/8:cdrwa', 'cdrw'],
  ['digest:dman:rw", "world:anyone:r', 'cd'],
])('an ACL that %s alone may use keeps dman away', (text, lacks) => {
  const what = `5:41: \`dman\` would lack the permissions ${lacks}: no later run could change the tree`
  expect(problems(acl(text))).toEqual([what])
  expect(problems(acl('world:anyone:cdrw'))).toEqual([])
})
