import { createHash } from 'node:crypto'
import { cronLines } from '../../../src/hosts/crontab.ts'
import type { DesiredHost, Materials } from '../../../src/hosts/desired.ts'
import type { Holder } from '../../../src/hosts/lock/state.ts'
import type { Inventory, InventoryHost } from '../../../src/inventory/inventory.ts'
import type { Archive } from '../../../src/local/archive.ts'
import { absent, present } from '../../../src/model/fact.ts'
import type { HostName } from '../../../src/model/names.ts'
import { Secret } from '../../../src/model/secret.ts'
import type { TlsMaterials } from '../../../src/model/tls-materials.ts'
import type { Print } from '../../../src/model/tls-stage.ts'
import type { DataFacts, HostFacts, LaidFacts, LockFacts, MachineFacts } from '../../../src/remote/host-facts.ts'

const MiB = 1024 * 1024
const hex = (text: string): string => createHash('sha256').update(text).digest('hex')

/** An archive named by `label`, so that two labels are two contents. */
export function archive(kind: Archive['kind'], label = 'one', more: Partial<Archive> = {}): Archive {
  const sha256 = hex(`${kind} ${label}`)
  const told = kind === 'java' ? { arch: 'x86_64', glibc: '2.17' } : { logging: 'logback' as const, version: '3.9.5' }
  return {
    kind,
    path: `/archives/${kind}.tar.gz`,
    size: 20 * MiB,
    sha256,
    release: `${kind}-${sha256.slice(0, 12)}`,
    unpackedBytes: 60 * MiB,
    entries: 300,
    ...told,
    ...more,
  }
}

export const materials = (more: Partial<Materials> = {}): Materials => ({
  java: archive('java'),
  zookeeper: archive('zookeeper'),
  superDigest: new Secret('super:c2VjcmV0'),
  ...more,
})

/** Certificates of these CAs for these hosts; `current`: the CA to come to. */
export function certificates(hosts: readonly HostName[], cas: readonly Print[], current: Print): TlsMaterials {
  const [certificate, expires] = ['', 4_000_000_000_000]
  const own = { certificate, key: new Secret(''), expires, names: [] }
  return {
    current,
    authorities: Object.fromEntries(cas.map((ca) => [ca, { certificate, expires }])),
    members: Object.fromEntries(hosts.map((name) => [name, Object.fromEntries(cas.map((ca) => [ca, own]))])),
  }
}

export const inventoryHost = (id: number, more: Partial<InventoryHost> = {}): InventoryHost => ({
  name: `zk${id}`,
  id,
  address: `10.0.0.${10 + id}`,
  role: 'participant',
  ssh: { host: `10.0.0.${10 + id}`, port: 22, user: 'dman', knownHosts: '/home/ann/.ssh/known_hosts', jump: [] },
  ...more,
})

/** An inventory of `count` participants zk1, zk2, … */
export const inventory = (count = 3, more: Partial<Inventory> = {}): Inventory => ({
  directory: '/work',
  ensemble: 'dman',
  home: 'dman',
  hosts: Array.from({ length: count }, (_, index) => inventoryHost(index + 1)),
  ports: { client: 2180, peer: 2889, election: 3889 },
  java: { from: 'path', path: '/archives/java.tar.gz' },
  zookeeper: {
    archive: { from: 'path', path: '/archives/zookeeper.tar.gz' },
    heap: '512m',
    jvm: [],
    config: { tickTime: '2000', initLimit: '10', syncLimit: '5' },
  },
  tls: false,
  trees: [],
  state: '/work/.dman/dman',
  secrets: '/work/.dman/dman/secrets.json',
  ...more,
})

const machine = (id: number): MachineFacts => ({
  boot: `boot-${id}`,
  now: 1_700_000_000,
  seenAt: 1_700_000_000,
  arch: 'x86_64',
  glibc: present('2.17'),
  home: '/home/dman',
  place: { device: '2049', inode: String(100 + id) },
  filesystem: {
    type: 'xfs',
    noexec: false,
    readOnly: false,
    freeBytes: 10_000 * MiB,
    totalBytes: 20_000 * MiB,
    freeInodes: 1_000_000,
    totalInodes: 2_000_000,
  },
  addresses: [`10.0.0.${10 + id}`],
  memory: { totalBytes: 4096 * MiB, availableBytes: 3000 * MiB },
  openFiles: 4096,
  listening: [],
  cron: { allowed: present(true), running: present(true) },
  logind: absent,
  missing: [],
})

const noData: DataFacts = { is: 'empty', stamp: absent, myid: absent, initialize: false, started: false }
const nothing: LaidFacts = {
  releases: [],
  current: absent,
  served: absent,
  previous: absent,
  conf: { files: {}, links: {} },
  linked: {},
  bin: {},
  data: noData,
  server: absent,
  supervision: { wanted: false, alive: false, failing: absent },
  leftovers: [],
  asides: [],
  running: [],
  open: [],
  format: 0,
}

export interface HostBuilder {
  readonly facts: HostFacts
  readonly laidFacts: LaidFacts
  machine(more: Partial<MachineFacts>): HostBuilder
  /** what lies below the home, over what was there */
  laid(more?: Partial<LaidFacts>): HostBuilder
  /** all that is desired is there, and the member runs with it */
  asDesired(want: DesiredHost): HostBuilder
  stamped(
    more?: Partial<{ ensemble: string; founding: string; host: HostName; id: number }>,
    myid?: string,
  ): HostBuilder
  data(more: Partial<DataFacts>): HostBuilder
  with(more: Partial<HostFacts>): HostBuilder
}

/** Facts of a host: `host(1)` is a bare, healthy machine of its own named zk1. */
export function host(id: number): HostBuilder {
  const bare = { host: `zk${id}`, machine: machine(id), laid: absent, lock: absent, crontab: present('') }
  return builder(id, bare)
}

function builder(id: number, facts: HostFacts): HostBuilder {
  const laid = facts.laid.is === 'present' ? facts.laid.value : nothing
  const withLaid = (more: Partial<LaidFacts>) => builder(id, { ...facts, laid: present({ ...laid, ...more }) })
  return {
    facts,
    laidFacts: laid,
    machine: (more) => builder(id, { ...facts, machine: { ...facts.machine, ...more } }),
    laid: (more = {}) => withLaid(more),
    asDesired: (want) =>
      withLaid({
        supervision: { ...laid.supervision, wanted: true, alive: true },
        releases: [...want.archives.map(({ release }) => release), want.conf.release],
        current: present(want.conf.release),
        served: present(want.conf.release),
        conf: {
          files: Object.fromEntries(Object.entries(want.conf.files).map(([name, { text }]) => [name, text.reveal()])),
          links: want.conf.links,
        },
        linked: { ...laid.linked, [want.conf.release]: Object.values(want.conf.links) },
        bin: Object.fromEntries(Object.entries(want.bin).map(([name, text]) => [name, hex(text)])),
        server: present({ pid: 17, start: '4711', nonce: 'n', conf: want.conf.release, alive: true }),
        format: 1,
      }).with({ crontab: present(cronLines(facts.machine, want.home).text) }),
    stamped: (more = {}, myid = String(id)) =>
      withLaid({
        data: {
          ...noData,
          is: 'held',
          stamp: present({ ensemble: 'dman', founding: 'f1', host: `zk${id}`, id, ...more }),
          myid: present(myid),
        },
      }),
    data: (more) => withLaid({ data: { ...laid.data, ...more } }),
    with: (more) => builder(id, { ...facts, ...more }),
  }
}

/** A live lock of ann's on another machine. */
export const lockFacts = (more: Partial<LockFacts> = {}): LockFacts => ({
  token: 'theirs',
  who: 'ann@laptop',
  since: 1_700_000_000,
  operator: { machine: 'laptop', boot: 'laptop-boot', pid: 17, start: '99' },
  boot: 'boot-1',
  age: 2,
  format: 1,
  ...more,
})

/** Who asks for the lock with that token; its processes all live unless told otherwise. */
export const holder = (token: string, more: Partial<Holder> = {}): Holder => ({
  token,
  who: `${token}@desk`,
  operator: { machine: `${token}-machine`, boot: 'desk-boot', pid: 5, start: '50' },
  lives: () => true,
  ...more,
})
