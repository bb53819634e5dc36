import { dirname, join } from 'node:path'
import { isUrl } from './check-archives.ts'
import { completeTrees } from './complete-trees.ts'
import type { ArchiveSource, Inventory, InventoryHost, SshSettings } from './inventory.ts'
import { optional } from './optional.ts'
import { absolutePath, type Disk } from './paths.ts'
import type { RawHost, RawInventory } from './schema.ts'

/** Our settings of zoo.cfg where the inventory says nothing. */
const configDefaults: Readonly<Record<string, string>> = {
  tickTime: '2000',
  initLimit: '10',
  syncLimit: '5',
  // ms until a member that looks for a leader asks again, doubled each time: members that start together find each other sooner
  // than with ZooKeeper's 200, and after a long time alone within seconds, not its minute.
  'fastleader.minNotificationInterval': '50',
  'fastleader.maxNotificationInterval': '2000',
  'autopurge.purgeInterval': '1',
  'autopurge.snapRetainCount': '5',
}

/** The Inventory of a file that has passed every check: defaults filled in, paths absolute, hosts in order of id. */
export function complete(raw: RawInventory, disk: Pick<Disk, 'file' | 'home'>): Inventory {
  const directory = dirname(disk.file)
  const state = join(directory, '.dman', raw.ensemble)
  const { zookeeper, ports } = raw
  return {
    directory,
    ensemble: raw.ensemble,
    home: raw.home,
    hosts: Object.entries(raw.hosts)
      .map(([name, host]) => completeHost(name, host, raw, disk))
      .sort((a, b) => a.id - b.id),
    ports: {
      client: ports.client,
      peer: ports.peer,
      election: ports.election,
      ...optional('secure', ports.secure),
      ...optional('metrics', ports.metrics),
    },
    java: archiveSource(raw.java, disk),
    zookeeper: {
      archive: archiveSource(zookeeper, disk),
      heap: zookeeper.heap.toLowerCase(),
      jvm: zookeeper.jvm,
      config: { ...configDefaults, ...texts(zookeeper.config) },
    },
    tls: raw.tls,
    trees: completeTrees(raw, disk),
    state,
    secrets: raw.secrets === undefined ? join(state, 'secrets.json') : absolutePath(raw.secrets, disk),
  }
}

/** Numbers and booleans as zoo.cfg takes them. */
const texts = (config: RawInventory['zookeeper']['config']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  )

function completeHost(
  name: string,
  host: RawHost,
  { ssh }: RawInventory,
  disk: Pick<Disk, 'file' | 'home'>,
): InventoryHost {
  const said = { ...ssh, ...host.ssh }
  const path = (text: string | undefined) => (text === undefined ? undefined : absolutePath(text, disk))
  const settings: SshSettings = {
    host: host.ssh?.host ?? host.address,
    ...optional('port', said.port),
    ...optional('user', said.user),
    ...optional('identity', path(said.identity)),
    ...optional('knownHosts', path(said.known_hosts)),
    ...optional('jump', said.jump),
  }
  return { name, id: host.id, address: host.address, role: host.role, ssh: settings }
}

function archiveSource(
  from: { archive?: string | undefined; version?: string | undefined; checksum?: string | undefined },
  disk: Pick<Disk, 'file' | 'home'>,
): ArchiveSource {
  const { archive } = from
  // the hex digits of a checksum are compared as text later
  const checksum = from.checksum?.toLowerCase()
  if (archive === undefined) return { from: 'apache', version: from.version ?? '', ...optional('checksum', checksum) }
  const version = optional('version', from.version)
  if (isUrl(archive)) return { from: 'url', url: archive, checksum: checksum ?? '', ...version }
  return { from: 'path', path: absolutePath(archive, disk), ...optional('checksum', checksum), ...version }
}
