import { setTimeout as sleep } from 'node:timers/promises'
import { bareServer, floorUp, prepareFloor } from './floor.mjs'
import { benchLab, jvmWords, tlsWords } from './lab.mjs'
import { median, modeOf, run, untilAllServe, us } from './measure.mjs'

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

/** What floorUp started, started once more, with these JVM options. @param {readonly string[]} jvm */
const bareStart = (jvm) => `cd ~/bare && ${bareServer(jvm)}`
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
 * which restarts all three one after the other; prints medians and ratios. Bare servers have the JVM options of the inventory, or
 * those that `start` adds to them, too.
 * @param {number} rounds @param {import('./lab.mjs').Given} given
 */
export async function measureStarts(rounds, given) {
  const lab = await benchLab(3, given)
  /** @type {Record<string, number[]>} */
  const seen = {}
  const note = (/** @type {string} */ what, /** @type {number} */ seconds) => (seen[what] ??= []).push(seconds)
  try {
    await prepareFloor(lab)
    await floorUp(lab)
    await onAll(lab, bareStop)
    await us('up', lab.file)
    await untilCached(lab)
    await us('stop', lab.file)
    for (let round = 0; round <= rounds; round++) {
      const kept = round === 0 ? () => undefined : note // the first warms caches
      const bare = async (/** @type {readonly string[]} */ jvm) => {
        await onAll(lab, bareStart(jvm))
        await allServe(lab)
      }
      kept('bare start, our options', await timed(() => bare(lab.jvm)))
      kept('bare restart, our options', await restart(lab, `${bareStop}; ${bareStart(lab.jvm)}`))
      await onAll(lab, bareStop)
      kept('bare start', await timed(() => bare(lab.inventoryOptions)))
      kept('bare restart', await restart(lab, `${bareStop}; ${bareStart(lab.inventoryOptions)}`))
      await onAll(lab, bareStop)
      const command = us('start', lab.file)
      kept('start', await timed(() => allServe(lab)))
      await command
      kept('restart', await restart(lab, 'dman/bin/stop && dman/bin/start'))
      kept('roll', await timed(() => us('restart', lab.file)))
      await us('stop', lab.file)
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
  for (const [what, seconds] of Object.entries(of)) console.log(`  ${what.padEnd(26)} ${seconds.toFixed(2)} s`)
  const ratio = (/** @type {string} */ a, /** @type {string} */ b) =>
    console.log(`  ${`${a} / ${b}`.padEnd(36)} ${((of[a] ?? Number.NaN) / (of[b] ?? Number.NaN)).toFixed(2)}`)
  ratio('start', 'bare start')
  ratio('start', 'bare start, our options')
  ratio('restart', 'bare restart')
  ratio('restart', 'bare restart, our options')
  const gates = (of.roll ?? Number.NaN) / 3 - (of.restart ?? Number.NaN)
  console.log(`  gates and all else of a roll, a member: ${gates.toFixed(2)} s over its own restart`)
}
