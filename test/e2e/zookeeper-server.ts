import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { archives } from '../../scripts/lab.d/archives.mjs'
import { Secret } from '../../src/model/secret.ts'
import { digestId } from '../../src/zookeeper/digest.ts'
import type { Dialer } from '../../src/zookeeper/session.ts'
import { fourLetterWord, parseSrvr } from '../../src/zookeeper/words.ts'

const run = promisify(execFile)

export const superPassword = new Secret('password of:super')

/** One real ZooKeeper on an address of its own, a quorum of one. */
export interface Server {
  readonly dial: Dialer
  /** every stream that `dial` gave */
  readonly sockets: readonly net.Socket[]
  /** resolves once none of its threads runs any more: until then it may still answer */
  freeze(): Promise<void>
  thaw(): void
  stop(): Promise<void>
}

export async function startServer(): Promise<Server> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dman-zookeeper-'))
  const address = `127.79.${(process.pid >> 8) & 255}.${process.pid & 255}`
  await layOut(folder, address)
  const jars = (await readdir(path.join(folder, 'zookeeper/lib'))).sort().map((jar) => `zookeeper/lib/${jar}`)
  const main = ['-cp', jars.join(':'), 'org.apache.zookeeper.server.quorum.QuorumPeerMain', 'zoo.cfg']
  const flags = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', `-Djava.io.tmpdir=.`]
  const java = spawn(path.join(folder, 'java/bin/java'), [...flags, ...main], { cwd: folder, env: {}, stdio: 'ignore' })
  const sockets: net.Socket[] = []
  const dial: Dialer = async (signal) => {
    const socket = net.connect({ host: address, port: 2180, noDelay: true, signal })
    sockets.push(socket)
    await once(socket, 'connect')
    return socket
  }
  const server: Server = {
    dial,
    sockets,
    freeze: async () => {
      java.kill('SIGSTOP')
      const tasks = `/proc/${java.pid ?? 0}/task`
      const isStopped = async (id: string) =>
        /\) T /.test(await readFile(`${tasks}/${id}/stat`, 'utf8').catch(() => ') T '))
      const areStopped = async () => (await Promise.all((await readdir(tasks)).map(isStopped))).every(Boolean)
      while (!(await areStopped())) await sleep(5)
    },
    thaw: () => void java.kill('SIGCONT'),
    stop: async () => {
      const ended = java.exitCode === null && java.signalCode === null ? once(java, 'exit') : undefined
      java.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
  await serving(server, folder)
  return server
}

async function layOut(folder: string, address: string): Promise<void> {
  const { java, zookeeper } = await archives()
  for (const [name, archive] of [['java', java] as const, ['zookeeper', zookeeper[0]?.path ?? ''] as const]) {
    await mkdir(path.join(folder, name))
    await run('tar', ['-xzf', archive, '-C', path.join(folder, name), '--strip-components=1'])
  }
  await mkdir(path.join(folder, 'data'))
  await writeFile(path.join(folder, 'data/myid'), '1')
  await writeFile(path.join(folder, 'zoo.cfg.dynamic'), `server.1=${address}:2889:3889:participant;${address}:2180\n`)
  await writeFile(
    path.join(folder, 'zoo.cfg'),
    `tickTime=2000
initLimit=10
syncLimit=5
dataDir=./data
standaloneEnabled=false
reconfigEnabled=true
admin.enableServer=false
4lw.commands.whitelist=srvr,mntr,ruok
DigestAuthenticationProvider.superDigest=${digestId('super', superPassword)}
dynamicConfigFile=./zoo.cfg.dynamic
`,
  )
}

async function serving(server: Server, folder: string): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    const text = await fourLetterWord(server.dial, 'srvr', 2000).catch(() => '')
    if (parseSrvr(text).is === 'present') return
    await sleep(200)
  }
  await server.stop()
  throw new Error(
    `ZooKeeper does not serve; its configuration was ${await readFile(path.join(folder, 'zoo.cfg'), 'utf8')}`,
  )
}
