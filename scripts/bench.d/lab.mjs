import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import ejs from 'ejs'
import { parse, stringify } from 'yaml'
import { $ } from 'zx'

/**
 * @typedef {{ name: string, id: number, address: string, sshHost: string, sshPort: number }} BenchHost
 * @typedef {Awaited<ReturnType<typeof benchLab>>} BenchLab
 */

/**
 * What servers are given, ours and all others: `tls`, between members of what `up` brings up; `quick`, the JVM options and heap of the lab's
 * inventory, made for quick starts of small trees, or else those that an inventory gives which says nothing of them.
 * @typedef {{ tls: boolean, quick: boolean }} Given
 */

/** JVM options that templates/bin/start adds to those of the inventory, where they matter for speed. */
const startOptions = ['-Djavax.net.ssl.trustStore=NONE', '-XX:CompileThresholdScaling=5']

/**
 * A lab of its own, with an inventory, for one number of hosts; `down` leaves nothing.
 * @param {number} count @param {Given} given
 */
export async function benchLab(count, { tls, quick }) {
  const start = await readFile('templates/bin/start', 'utf8')
  for (const option of startOptions) if (!start.includes(option)) throw new Error(`bin/start gives no ${option}`)
  const scratch = await mkdtemp(`${tmpdir()}/dman-bench-`)
  const name = `bench${count}`
  await $`scripts/lab up ${count} --name ${name} --inventory ${scratch}`
  const inventory = { ...parse(await readFile(`${scratch}/inventory.yml`, 'utf8')), tls }
  if (!quick) {
    delete inventory.zookeeper.heap
    delete inventory.zookeeper.jvm
  }
  const file = `${scratch}/bench.yml`
  await writeFile(file, stringify(inventory))
  /** @type {BenchHost[]} */
  const hosts = Object.entries(inventory.hosts).map(([host, of]) => ({
    name: host,
    id: of.id,
    address: of.address,
    sshHost: of.ssh?.host ?? of.address,
    sshPort: of.ssh?.port ?? inventory.ssh.port ?? 22,
  }))
  const clientPort = inventory.ports?.client ?? 2180
  const heap = inventory.zookeeper.heap ?? '512m'
  const inventoryOptions = [`-Xmx${heap}`, ...(inventory.zookeeper.jvm ?? [])]
  const own = {
    user: inventory.ssh.user ?? 'dman',
    identity: inventory.ssh.identity,
    knownHosts: inventory.ssh.known_hosts,
  }
  return {
    name,
    scratch,
    file,
    hosts,
    clientPort,
    ...own,
    java: inventory.java.archive,
    zookeeper: inventory.zookeeper.archive,
    /** the very logging configuration that `up` lays: all write the same log */
    logback: ejs.render(await readFile('templates/conf/logback.xml.ejs', 'utf8'), {
      log: { file: 'zookeeper.log', size: '10MB', kept: 10, level: 'INFO' },
    }),
    /** the very JVM options that `up` starts servers with, where they matter for speed */
    jvm: [...startOptions, ...inventoryOptions],
    inventoryOptions,
    /** @param {BenchHost} host */
    ssh: (host) => [
      ...['-o', 'BatchMode=yes', '-o', `UserKnownHostsFile=${own.knownHosts}`, '-i', own.identity],
      ...['-p', String(host.sshPort), `${own.user}@${host.sshHost}`],
    ],
    /** @param {BenchHost} host @param {string} dataDir */
    zooCfg: (host, dataDir) =>
      [
        ...['tickTime=2000', 'initLimit=10', 'syncLimit=5', 'admin.enableServer=false', '4lw.commands.whitelist=srvr'],
        ...['standaloneEnabled=false', 'reconfigEnabled=true'],
        ...[`dataDir=${dataDir}`, `clientPort=${clientPort}`, `clientPortAddress=${host.address}`],
        ...hosts.map((peer) => `server.${peer.id}=${peer.address}:2889:3889`),
        '',
      ].join('\n'),
    async down() {
      await $`scripts/lab down --name ${name}`
      await rm(scratch, { recursive: true, force: true })
    },
  }
}

/** What headlines say of it. @param {Given} given */
export const jvmWords = ({ quick }) =>
  quick ? "JVM options of the lab's inventory" : 'JVM options of an inventory that gives none'

/** @param {Given} given */
export const tlsWords = ({ tls }) =>
  tls ? 'ours with TLS between members, all others without' : 'nobody with TLS between members'
