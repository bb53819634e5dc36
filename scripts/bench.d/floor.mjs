import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { $ } from 'zx'
import { run, untilAllServe } from './measure.mjs'

/** Starts a server in ~/bare, where it has to run, with these JVM options. @param {readonly string[]} jvm */
export const bareServer = (jvm) =>
  `{ setsid env -i HOME="$HOME" jre*/bin/java ${jvm.join(' ')} -cp conf:"$(echo apache-zookeeper-*-bin)/lib/*" org.apache.zookeeper.server.quorum.QuorumPeerMain conf/zoo.cfg >/dev/null 2>&1 </dev/null & echo $! >pid; }`

/**
 * What nobody can beat by much: for each host side by side one ssh that streams both archives and the files into tar and starts
 * java at once. No checks, no checksums, no lock, no supervision.
 * @param {import('./lab.mjs').BenchLab} lab
 */
export async function floorUp(lab) {
  const started = performance.now()
  await Promise.all(lab.hosts.map((host) => one(lab, host)))
  await untilAllServe(
    lab.hosts.map(({ address }) => address),
    lab.clientPort,
  )
  return { seconds: (performance.now() - started) / 1000, peak: 0 }
}

/** @param {import('./lab.mjs').BenchLab} lab @param {import('./lab.mjs').BenchHost} host */
async function one(lab, host) {
  const files = `${lab.scratch}/files-${host.name}.tar.gz`
  const input = new PassThrough({ highWaterMark: 1 << 20 })
  const feed = (async () => {
    for (const part of [lab.java, lab.zookeeper, files]) {
      await pipeline(createReadStream(part, { highWaterMark: 1 << 20 }), input, { end: false })
    }
    input.end()
  })()
  // tar -i: the archives follow one another in one stream
  const script = `mkdir -p bare/data && cd bare && tar -xzi && ${bareServer(lab.jvm)}`
  await Promise.all([feed, run('ssh', [...lab.ssh(host), script], { input })])
}

/** Makes the small files of each host, ahead of any measurement. @param {import('./lab.mjs').BenchLab} lab */
export async function prepareFloor(lab) {
  for (const host of lab.hosts) {
    const folder = `${lab.scratch}/${host.name}`
    await $`mkdir -p ${folder}/conf ${folder}/data`
    await writeFile(`${folder}/conf/zoo.cfg`, lab.zooCfg(host, 'data'))
    await writeFile(`${folder}/conf/logback.xml`, lab.logback)
    await writeFile(`${folder}/data/myid`, `${host.id}\n`)
    await $`tar -czf ${lab.scratch}/files-${host.name}.tar.gz -C ${folder} conf data`
  }
}

/** Ends what a rival started in `folder` and removes it. @param {import('./lab.mjs').BenchLab} lab @param {string} folder */
export const wipe = (lab, folder) =>
  Promise.all(
    lab.hosts.map((host) => {
      const script = `[ -f ${folder}/pid ] && kill -9 "$(cat ${folder}/pid)"; while [ -f ${folder}/pid ] && kill -0 "$(cat ${folder}/pid)" 2>/dev/null; do sleep 0.1; done; rm -rf ${folder}`
      return $`ssh ${lab.ssh(host)} ${script}`
    }),
  )
