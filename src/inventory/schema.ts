import * as z from 'zod'
import { choice, list, name, path, says, section, text, whole } from './schema-parts.ts'
import { tree, vars } from './schema-trees.ts'
import { zooKeys, type ZooKind } from './zoo-keys.ts'

// The one definition of the inventory file: checks, defaults, types and the JSON Schema come from it.

const port = (what: string) => whole(`${what}, a port from 1 to 65535`, 1, 65_535)
const checksum = text(
  'a checksum, `sha256:` and 64 hex digits or `sha512:` and 128',
  /^(sha256:[0-9a-fA-F]{64}|sha512:[0-9a-fA-F]{128})$/,
)
const archive = text('an archive, a path or an https URL of a .tar.gz')

const ssh = {
  user: text('the user to log in as', /^[^\s@:-][^\s@:]*$/).optional(),
  port: port('where sshd listens').optional(),
  identity: path('a private key').optional(),
  known_hosts: path('the file of known host keys').optional(),
  jump: list(
    'a list of hops such as [ops@bastion.example.net], the first hop first',
    text('a hop such as ops@bastion.example.net:22'),
  ).optional(),
}

const host = section('a host such as { id: 1, address: 10.0.0.11 }', {
  id: whole("the member's id, a whole number from 1 to 255, never given to another host", 1, 255),
  address: text('where SSH connects and what peers use, an address or a host name'),
  role: choice('the role of the member: participant, observer, or absent to let it leave', [
    'participant',
    'observer',
    'absent',
  ]).default('participant'),
  ssh: section('settings of SSH for this host', {
    ...ssh,
    host: text('where SSH connects, where that is not `address`').optional(),
  }).optional(),
})

const written = (what: string, pattern: RegExp) =>
  z.string({ error: says(what) }).regex(pattern, { error: says(what), abort: true })
// ZooKeeper reads most of them as Java's int: it does not start with a greater one, or silently takes its default.
const whole32 = 'a whole number of at most 2147483647'
const isInt = (digits: string): boolean => Number(digits) === (Number(digits) | 0)
const zooValue: Record<ZooKind, z.ZodType<string | number | boolean>> = {
  integer: z.union(
    [z.int32({ error: says(whole32) }), written(whole32, /^-?\d{1,10}$/).refine(isInt, { error: says(whole32) })],
    {
      error: says(whole32),
    },
  ),
  number: z.union([z.number(), written('a number', /^-?\d+(\.\d+)?$/)], { error: says('a number') }),
  boolean: z.union([z.boolean(), z.enum(['true', 'false'], { error: says('true or false') })], {
    error: says('true or false'),
  }),
  // a backslash or a line end would mean something to Java's properties
  text: written('a text of one line without backslashes', /^[^\s\\=]([^\u0000-\u001f\u007f\\]*[^\s\\])?$/),
}
const config = section(
  'further settings of ZooKeeper, keys of zoo.cfg',
  Object.fromEntries([...zooKeys].map(([key, kind]) => [key, zooValue[kind].optional()])),
)

const ports = { client: 2180, peer: 2889, election: 3889 } as const

export const inventorySchema = section('an inventory: a mapping with `hosts`, `java` and `zookeeper`', {
  ensemble: text(
    'the name of the ensemble: small letters, digits and -, a letter first',
    /^[a-z][a-z0-9-]{0,62}$/,
  ).default('dman'),
  home: text("a folder below the user's home: letters, digits, . _ - and /").default('dman'),
  ssh: section('settings of SSH for all hosts', ssh).default({}),
  hosts: z
    .record(name('the name of a host'), host, {
      error: says('the hosts by name, such as zk1: { id: 1, address: 10.0.0.11 }'),
    })
    .describe('the hosts by name'),
  ports: section('the ports that members listen on', {
    client: port('for clients').default(ports.client),
    peer: port('for peers').default(ports.peer),
    election: port('for elections').default(ports.election),
    secure: port('for clients by TLS').optional(),
    metrics: port('for metrics').optional(),
  }).default(ports),
  java: section('the Java runtime: { archive: …, checksum: … }', { archive, checksum: checksum.optional() }),
  zookeeper: section('ZooKeeper itself: { version: 3.9.5 } or { archive: … }', {
    version: text('a release of ZooKeeper such as 3.9.5', /^\d+\.\d+\.\d+(-[A-Za-z0-9.]+)?$/).optional(),
    archive: archive.optional(),
    checksum: checksum.optional(),
    heap: text("Java's heap such as 512m or 2g", /^[1-9][0-9]{0,8}[kKmMgG]$/).default('512m'),
    jvm: list(
      'a list of JVM options such as [-XX:+UseSerialGC]',
      text('a JVM option such as -XX:+UseSerialGC'),
    ).default([]),
    config: config.default({}),
  }),
  tls: z
    .boolean({ error: says('true or false') })
    .describe('TLS between members; a running ensemble goes there by three rolls, and back where this is false')
    .default(true),
  trees: z
    .record(name('the name of a tree'), tree, { error: says('the trees by name, such as app: { path: …, from: … }') })
    .describe('folders that become znodes')
    .default({}),
  vars: vars('variables of all trees’ templates, by name').default({}),
  secrets: path("where the ensemble's generated secrets are kept").optional(),
})

/** The inventory as it stands in the file, types and defaults right, sense not yet checked. */
export type RawInventory = z.output<typeof inventorySchema>
export type RawHost = RawInventory['hosts'][string]
export type RawSsh = NonNullable<RawHost['ssh']>

/** The JSON Schema of the file, for editors. Generated, shipped as inventories/inventory.schema.json. */
export const inventorySchemaJson = (): Record<string, unknown> => ({
  ...z.toJSONSchema(inventorySchema, { io: 'input', target: 'draft-7' }),
  title: 'dman-bootstrap inventory',
})
