import { parseArgs } from 'node:util'
import { floorUp, prepareFloor, wipe } from './floor.mjs'
import { benchLab, jvmWords, tlsWords } from './lab.mjs'
import { median, run, us } from './measure.mjs'
import { ansibleUp, prepareRivals, pyinfraUp, writeRivals } from './rivals.mjs'
import { measureStarts } from './starts.mjs'
import { measureTrees } from './trees.mjs'

const usage = `usage: scripts/bench [--rounds 5] [--hosts 3,9] [--without pyinfra,ansible] [--tls on|off] [--jvm quick|plain]
       scripts/bench --starts [--rounds 5]
       scripts/bench --trees [--rounds 5] [--znodes 10000] [--without kazoo,zk-shell,large]`

function asked() {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    return process.exit(3)
  }
}

const options = /** @type {const} */ ({
  help: { type: 'boolean', default: false },
  rounds: { type: 'string', default: '5' },
  hosts: { type: 'string', default: '3,9' },
  without: { type: 'string', default: '' },
  starts: { type: 'boolean', default: false },
  trees: { type: 'boolean', default: false },
  znodes: { type: 'string', default: '10000' },
  tls: { type: 'string', default: 'on' },
  jvm: { type: 'string' },
})
const values = asked()
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const rounds = Number(values.rounds)
/** By default the servers of `up` are the lab's own; starts and trees are measured on what users get. */
const given = {
  tls: values.tls !== 'off',
  quick: (values.jvm ?? (values.starts || values.trees ? 'plain' : 'quick')) === 'quick',
}
const without = values.without.split(',')
const rivals = ['pyinfra', 'ansible'].filter((name) => !without.includes(name))

/** @param {import('./lab.mjs').BenchLab} lab */
async function sshTrue(lab) {
  const started = performance.now()
  await Promise.all(lab.hosts.map((host) => run('ssh', [...lab.ssh(host), 'true'])))
  return { seconds: (performance.now() - started) / 1000, peak: 0 }
}

/**
 * One round: each way from nothing, its idle run, its end; interleaved, so that a noisy minute hits all of them.
 * @param {import('./lab.mjs').BenchLab} lab @param {readonly string[]} others
 * @param {(what: string, result: { seconds: number, peak: number }) => void} note
 */
async function round(lab, others, note) {
  note('floor', await floorUp(lab))
  await wipe(lab, 'bare')
  note('up', await us('up', lab.file))
  note('ssh true', await sshTrue(lab))
  note('idle up', await us('up', lab.file))
  note('ssh true', await sshTrue(lab))
  note('status', await us('status', lab.file))
  await us('destroy', lab.file, '--data', '--yes')
  for (const rival of others) {
    const deploy = rival === 'pyinfra' ? pyinfraUp : ansibleUp
    note(rival, await deploy(lab))
    note(`idle ${rival}`, await deploy(lab))
    await wipe(lab, rival)
  }
}

/** @param {number} count @param {readonly string[]} others */
async function measure(count, others) {
  const lab = await benchLab(count, given)
  /** @type {Record<string, number[]>} */
  const seen = {}
  let peak = 0
  try {
    await prepareFloor(lab)
    if (others.length > 0) await writeRivals(lab)
    await round(lab, [], () => undefined) // warms caches: disk, archive listings
    for (let index = 0; index < rounds; index++) {
      await round(lab, others, (what, result) => {
        ;(seen[what] ??= []).push(result.seconds)
        if (what === 'up') peak = Math.max(peak, result.peak)
      })
      process.stderr.write(`${count} hosts: round ${index + 1} of ${rounds}\n`)
    }
  } finally {
    await lab.down()
  }
  const medians = Object.fromEntries(Object.entries(seen).map(([what, seconds]) => [what, median(seconds)]))
  print(count, medians, peak)
  return medians
}

/** @param {number} count @param {Record<string, number>} of @param {number} peak */
function print(count, of, peak) {
  console.log(`\n${count} hosts, medians of ${rounds} interleaved rounds; ${jvmWords(given)}; ${tlsWords(given)}`)
  for (const [what, seconds] of Object.entries(of)) console.log(`  ${what.padEnd(14)} ${seconds.toFixed(2)} s`)
  const ratio = (/** @type {string} */ a, /** @type {string} */ b) => {
    if (of[a] !== undefined && of[b] !== undefined)
      console.log(`  ${`${a} / ${b}`.padEnd(22)} ${(of[a] / of[b]).toFixed(2)}`)
  }
  ratio('up', 'floor')
  ratio('up', 'pyinfra')
  ratio('up', 'ansible')
  ratio('idle up', 'idle pyinfra')
  ratio('idle up', 'ssh true')
  ratio('status', 'ssh true')
  console.log(`  peak memory of up      ${Math.round(peak / 1e6)} MB`)
}

if (values.starts) {
  await measureStarts(rounds, given)
  process.exit()
}

if (values.trees) {
  await measureTrees(rounds, Number(values.znodes), without, given)
  process.exit()
}

if (rivals.length > 0) await prepareRivals()
/** @type {number[]} */
const floors = []
for (const count of values.hosts.split(',').map(Number)) {
  const of = await measure(count, floors.length === 0 ? rivals : [])
  floors.push((of['up'] ?? Number.NaN) / (of['floor'] ?? Number.NaN))
}
if (floors.length > 1) {
  console.log(
    `\nratio to the floor, most hosts against fewest: ${((floors.at(-1) ?? Number.NaN) / (floors[0] ?? Number.NaN)).toFixed(2)}`,
  )
}
