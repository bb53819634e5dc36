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
  [acl('ip:10.0.0.300:r", "digest:dman:cdrwa'), '5:42: `ip:10.0.0.300:r`: `10.0.0.300` is no address that ZooKeeper takes, such as 10.0.0.1 or fd00::1'],
  [acl('ip:10.0.0.0/33:r", "digest:dman:cdrwa'), '5:42: `ip:10.0.0.0/33:r`: behind the / is a number of bits from 0 to 32'],
  [acl('sasl:a@b@c:r", "digest:dman:cdrwa'), '5:42: `sasl:a@b@c:r`: a principal is name[/host]@REALM'],
  [acl('digest:dman:rx'), '5:42: `digest:dman:rx`: permissions are letters out of cdrwa, each once'],
  [acl('x509:CN=app:r'), '5:42: `x509:CN=app:r`: there is no scheme `x509`; there are world, digest, ip, sasl'],
  [acl('wrld:anyone:r'), '5:42: `wrld:anyone:r`: there is no scheme `wrld`; there are world, digest, ip, sasl'],
])('%j', (text, problem) => expect(problems(text)).toEqual([problem])) // prettier-ignore

const defaults = {
  format: 'files',
  separator: '/',
  templates: false,
  variables: {
    ensemble: 'dman',
    hosts: [{ name: 'zk1', id: 1, address: '10.0.0.11', role: 'participant' }],
    ports: { client: 2180, peer: 2889, election: 3889 },
    connect: '10.0.0.11:2180',
    vars: {},
  },
  prune: 'owned',
  acl: ['digest:dman:cdrwa', 'world:anyone:r'],
  acls: [],
  secret: [],
  root: 'open' as const,
  history: 20,
}

test('a tree has defaults, and neighbours may begin alike', () => {
  const text = trees(
    '  a: { path: /x/y, from: ./folder }\n  b: { path: /x/yy, from: ~/folder, prune: never, acl: ["digest:dman:cdrwa", "ip:fd00::/8:r"] }',
  )
  expect(parse(text).trees).toEqual([
    {
      name: 'a',
      path: '/x/y',
      from: ['/work/folder'],
      ...defaults,
    },
    {
      name: 'b',
      path: '/x/yy',
      from: ['/home/ann/folder'],
      ...defaults,
      prune: 'never',
      acl: ['digest:dman:cdrwa', 'ip:fd00::/8:r'],
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
  ['world:anyone:r', 'cdwa'],
  ['ip:10.0.0.0/8:cdrwa', 'cdrwa'],
  ['digest:dman:cdrw", "world:anyone:r', 'a'],
])('an ACL that %s alone may use keeps dman away', (text, lacks) => {
  const what = `5:41: \`dman\` would lack the permissions ${lacks}: no later run could change the tree`
  expect(problems(acl(text))).toEqual([what])
  expect(problems(acl('world:anyone:cdrwa'))).toEqual([])
})

test('an IPv6 address in an ACL is refused where the version of ZooKeeper is said and takes none', () => {
  const text = acl('digest:dman:cdrwa", "ip:fd00::/8:r')
  const told = '5:63: `ip:fd00::/8:r`: ZooKeeper 3.8.6 takes no IPv6 address in an ACL'
  expect(problems(text.replace('3.9.5', '3.8.6'))).toEqual([told])
  expect(problems(text)).toEqual([])
})

const tree = (more: string): string => trees(`  app:\n    path: /a\n    from: ./folder\n${more.replace(/^/gm, '    ')}`)

test('all that a tree may have', () => {
  const text = trees(`  app:
    path: /a
    from: [./common-folder, ./production-folder]
    format: keys
    separator: .
    templates: true
    vars: { zone: b, level: { of: [1, true] } }
    schema: ./schema.json
    validate: [./check-config, --strict]
    acl: ["digest:dman:cdrwa"]
    acls: { 'db/**': ["digest:dman:cdrwa", "ip:10.0.0.0/8:r"], /7: ["world:anyone:cdrwa"] }
    secret: [db/password]
    root: closed
    history: 5`)
  const [app] = parse(`vars: { zone: a, name: x }\n${text}`).trees
  expect(app).toEqual({
    ...defaults,
    name: 'app',
    path: '/a',
    from: ['/work/common-folder', '/work/production-folder'],
    format: 'keys',
    separator: '.',
    templates: true,
    variables: { ...defaults.variables, vars: { zone: 'b', name: 'x', level: { of: [1, true] } } },
    schema: '/work/schema.json',
    validate: { command: ['/work/check-config', '--strict'], folder: '/work' },
    acl: ['digest:dman:cdrwa'],
    acls: [
      { pattern: 'db/**', acl: ['digest:dman:cdrwa', 'ip:10.0.0.0/8:r'] },
      { pattern: '/7', acl: ['world:anyone:cdrwa'] },
    ],
    secret: ['db/password'],
    root: 'closed',
    history: 5,
  })
})

test('one tree speaks for `/`', () => {
  const two = (one: string, other: string) =>
    trees(`  a: { path: /a, from: ./folder, root: ${one} }\n  b: { path: /b, from: ./folder, root: ${other} }`)
  expect(problems(two('closed', 'open'))).toEqual([])
  expect(problems(two('closed', 'closed')).join()).toContain('`root: closed` stands with `a` already')
})

test('templates see the ensemble without members that leave; a command without a slash is looked for in PATH', () => {
  const text = `ensemble: kiel
hosts:
  b: { id: 2, address: 'fd00::2' }
  a: { id: 1, address: 10.0.0.1, role: observer }
  c: { id: 3, address: 10.0.0.3, role: absent }
ports: { client: 2181, metrics: 7000 }
${java}${zookeeper}trees:\n  app: { path: /a, from: ./folder, validate: [python3, check.py] }\n`
  const [app] = parse(text).trees
  expect(app?.variables).toEqual({
    ensemble: 'kiel',
    hosts: [
      { name: 'a', id: 1, address: '10.0.0.1', role: 'observer' },
      { name: 'b', id: 2, address: 'fd00::2', role: 'participant' },
    ],
    ports: { client: 2181, peer: 2889, election: 3889, metrics: 7000 },
    connect: '10.0.0.1:2181,[fd00::2]:2181',
    vars: {},
  })
  expect(app?.validate).toEqual({ command: ['python3', 'check.py'], folder: '/work' })
})

test.each([
  ['seperator: .', '8:5: unknown key `seperator` in `trees.app`; did you mean `separator`?'],
  ['fromat: keys', '8:5: unknown key `fromat` in `trees.app`; did you mean `format`?'],
  ['schemas: x', '8:5: unknown key `schemas` in `trees.app`; did you mean `schema`?'],
  ['format: yaml', '8:13: `trees.app.format` must be how files become znodes; `files`: each file one znode; `keys`: each key of YAML, JSON, .properties and .env one znode'],
  ['separator: .', '8:5: `separator` is between nested keys, and `format` is `files`'],
  ['format: keys\nseparator: _', '9:16: `trees.app.separator` must be what is between nested keys; `/`: they are names of a path; `.`: one name'],
  ['vars: { a: 1 }', '8:5: `vars` are for templates, and `templates` is not `true`'],
  ['templates: true\nvars: { a: [x, ~] }', '9:13: `trees.app.vars.a[1]` is missing; it is text, a number, true or false, or a list or mapping of these'],
  ['templates: true\nvars: { a: 12345678901234567890 }', '9:16: `trees.app.vars.a` is no number that can be kept exactly; write it in quotes'],
  ['templates: true\nvars: &v { a: *v }', /^9:\d+: `trees.app.vars.*` is nested more than twenty times$/],
  ['templates: yes', '8:16: `trees.app.templates` must be true or false'],
  ['schema: ./missing.json', '8:13: there is no file /work/missing.json'],
  ['validate: ./check', '8:15: `trees.app.validate` must be a command and its arguments, such as [./check-config]; it is given the rendered folder and must exit 0'],
  ['validate: []', '8:15: `trees.app.validate` must be a list of a command and its arguments'],
  ['validate: [./missing]', '8:16: there is no file /work/missing'],
  ['history: 0', '8:14: `trees.app.history` must be how many generations are kept, a whole number from 1 to 1000'],
  ["secret: ['a//b']", '8:14: `a//b`: an empty name'],
  ["secret: ['a**/b']", '8:14: `a**/b`: `**` stands for whole names: it has no letters beside it'],
  ["acls: { 'a/../b': ['digest:dman:cdrwa'] }", '8:13: `a/../b`: the name ..'],
  ["acls: { 7: ['digest:dman:cdrwa'] }", '8:13: `7`: its place among the others would be lost'],
  ["acls: { 'db/**': ['digest:dman:r'] }", '8:22: `dman` would lack the permissions cdwa: no later run could change the tree'],
  ["acls: { 'db/**': ['digest:dman:cdrwa', 'x:y:r'] }", '8:44: `x:y:r`: there is no scheme `x`; there are world, digest, ip, sasl'],
])('case 28: %j is told with its place', (more, problem) => {
  expect(problems(tree(more))).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)])
}) // prettier-ignore

test.each([
  ['[./folder, ./missing]', '5:37: there is no folder /work/missing'],
  ['[./folder, ./file]', '5:37: /work/file is not a folder'],
  ['[./folder, ./other/../folder]', '5:37: `./other/../folder`: it and `./folder` lie in each other'],
  ['[./folder, ./folder/folder]', '5:37: `./folder/folder`: it and `./folder` lie in each other'],
  ['[]', '5:26: `trees.app.from` must be a list of at least one folder'],
  [
    '[./folder, .dman/folder]',
    '5:37: /work/.dman/folder would publish /work/.dman, the state folder, which holds passwords',
  ],
])('layers: %s', (from, problem) => {
  expect(problems(trees(`  app: { path: /a, from: ${from} }`))).toEqual([problem])
})
