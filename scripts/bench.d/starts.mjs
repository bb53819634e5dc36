import { setTimeout as sleep } from 'node:timers/promises'
import { floorUp, prepareFloor, quickOptions } from './floor.mjs'
import { benchLab, jvmWords, tlsWords } from './lab.mjs'
import { median, modeOf, run, untilAllServe } from './measure.mjs'

/** @typedef {import('./lab.mjs').BenchLab} BenchLab @typedef {import('./lab.mjs').BenchHost} BenchHost */

/** @param {BenchLab} lab @param {BenchHost} host @param {string} script */
const onHost = (lab, host, script) => run('ssh', [...lab.ssh(host), script])

/** @param {BenchLab} lab @param {string} script */
const onAll = (lab, script) => Promise.all(lab.hosts.map((host) => onHost(lab, host, script)))

/** @param {BenchLab} lab */
const allServe = (lab) =>
  untilAllServe(
    lab.hosts.map(({ address }) => address),
    lab.clientPort,
  )

/** Seconds until `work` is done. @param {() => Promise<unknown>} work */
async function timed(work) {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

/** What floorUp started, started once more, by the options of the inventory alone, or with `more`. @param {BenchLab} lab @param {readonly string[]} more */
const bareStart = (lab, more = []) =>
  `cd ~/bare && { setsid env -i HOME="$HOME" jre*/bin/java ${[...more, ...lab.jvm].join(' ')} -cp conf:"$(echo apache-zookeeper-*-bin)/lib/*" org.apache.zookeeper.server.quorum.QuorumPeerMain conf/zoo.cfg >/dev/null 2>&1 </dev/null & echo $! >pid; }`
const bareStop = 'kill "$(cat ~/bare/pid)"; while kill -0 "$(cat ~/bare/pid)" 2>/dev/null; do sleep 0.02; done'

/** A member that does not lead. @param {BenchLab} lab */
async function followerOf(lab) {
  for (const host of lab.hosts) if ((await modeOf(host.address, lab.clientPort)) === 'follower') return host
  throw new Error('no member follows')
}

/** One follower stopped and started by hand, until it serves again, which it does once it has synced. @param {BenchLab} lab @param {string} script */
async function restart(lab, script) {
  const follower = await followerOf(lab)
  return timed(async () => {
    await onHost(lab, follower, script)
    await untilAllServe([follower.address], lab.clientPort)
  })
}

/** Each host makes its class cache by itself, some time after its first start. @param {BenchLab} lab */
async function untilCached(lab) {
  const deadline = Date.now() + 180_000
  for (;;) {
    const made = await onAll(lab, 'ls dman/cache')
    if (made.every(({ output }) => /\.jsa$/m.test(output) && !output.includes('maker'))) return
    if (Date.now() > deadline) throw new Error('not every host made a class cache within three minutes')
    await sleep(1000)
  }
}

/**
 * Start of a stopped ensemble and restart of one member, each until all serve, ours against bare, interleaved, and the command `restart`,
 * which restarts all three one after the other; prints medians and ratios. Bare servers have the JVM options of the inventory; quick ones
 * those that `start` adds, too.
 * @param {number} rounds @param {import('./lab.mjs').Given} given
 */
export async function measureStarts(rounds, given) {
  const lab = await benchLab(3, given)
  const us = (/** @type {string[]} */ ...args) =>
    run(process.execPath, ['dist/dman-bootstrap.js', args[0] ?? '', lab.file, ...args.slice(1)])
  /** @type {Record<string, number[]>} */
  const seen = { 'bare start': [], 'quick bare start': [], start: [], 'bare restart': [], restart: [], roll: [] }
  const note = (/** @type {string} */ what, /** @type {number} */ seconds) => seen[what]?.push(seconds)
  try {
    await prepareFloor(lab)
    await floorUp(lab)
    await onAll(lab, bareStop)
    await us('up')
    await untilCached(lab)
    await us('stop')
    for (let round = 0; round <= rounds; round++) {
      const kept = round === 0 ? () => undefined : note // the first warms caches
      const bare = async (/** @type {readonly string[]} */ more) => {
        await onAll(lab, bareStart(lab, more))
        await allServe(lab)
      }
      kept('quick bare start', await timed(() => bare(quickOptions)))
      await onAll(lab, bareStop)
      kept('bare start', await timed(() => bare([])))
      kept('bare restart', await restart(lab, `${bareStop}; ${bareStart(lab)}`))
      await onAll(lab, bareStop)
      const command = us('start')
      kept('start', await timed(() => allServe(lab)))
      await command
      kept('restart', await restart(lab, 'dman/bin/stop && dman/bin/start'))
      kept('roll', await timed(() => us('restart')))
      await us('stop')
      if (round > 0) process.stderr.write(`starts: round ${round} of ${rounds}\n`)
    }
  } finally {
    await lab.down()
  }
  print(seen, rounds, given)
}

/** @param {Record<string, number[]>} seen @param {number} rounds @param {import('./lab.mjs').Given} given */
function print(seen, rounds, given) {
  const of = Object.fromEntries(Object.entries(seen).map(([what, seconds]) => [what, median(seconds)]))
  console.log(`\nstarts of 3 hosts, medians of ${rounds} interleaved rounds; ${jvmWords(given)}; ${tlsWords(given)}`)
  for (const [what, seconds] of Object.entries(of)) console.log(`  ${what.padEnd(16)} ${seconds.toFixed(2)} s`)
  const ratio = (/** @type {string} */ a, /** @type {string} */ b) =>
    console.log(`  ${`${a} / ${b}`.padEnd(24)} ${((of[a] ?? Number.NaN) / (of[b] ?? Number.NaN)).toFixed(2)}`)
  ratio('start', 'bare start')
  ratio('start', 'quick bare start')
  ratio('restart', 'bare restart')
  const gates = (of.roll ?? Number.NaN) / 3 - (of.restart ?? Number.NaN)
  console.log(`  gates and all else of a roll, a member: ${gates.toFixed(2)} s over its own restart`)
}
