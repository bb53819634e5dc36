import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { parse, stringify } from 'yaml'
import { benchLab, jvmWords } from './lab.mjs'
import { answerOf, median, modeOf, run, us } from './measure.mjs'
import { bin, prepareRivals } from './rivals.mjs'

/** @typedef {import('./lab.mjs').BenchLab} BenchLab @typedef {import('./lab.mjs').BenchHost} BenchHost @typedef {import('./lab.mjs').Given} Given */
/** @typedef {Awaited<ReturnType<typeof prepare>>} Bench */

const kazooScript = new URL('tree.py', import.meta.url).pathname

/** `count` files of 1 KiB, a hundred a folder: text, for zk-shell takes nothing else. @param {string} folder @param {number} count */
async function makeFiles(folder, count) {
  for (let at = 0; at < count; at += 100) {
    const part = `${folder}/group-${String(at / 100).padStart(4, '0')}`
    await mkdir(part, { recursive: true })
    for (let index = at; index < Math.min(count, at + 100); index++)
      await writeFile(`${part}/key-${index % 100}`, randomBytes(512).toString('hex'))
  }
}

/** An inventory beside the lab's own, with one tree of this folder, or none. @param {BenchLab} lab @param {string} name @param {string} [folder] */
async function inventoryOf(lab, name, folder) {
  const inventory = parse(await readFile(lab.file, 'utf8'))
  const file = `${lab.scratch}/${name}.yml`
  const trees = folder === undefined ? {} : { bench: { path: '/bench', from: folder } }
  await writeFile(file, stringify({ ...inventory, trees }))
  return file
}

/** A serving ensemble, its files, and how each is told to work on them. @param {number} znodes @param {Given} given */
async function prepare(znodes, given) {
  const lab = await benchLab(3, given)
  const [folder, nothing] = [`${lab.scratch}/znodes`, `${lab.scratch}/nothing`]
  await makeFiles(folder, znodes)
  await mkdir(nothing)
  await us('up', await inventoryOf(lab, 'bare'))
  const modes = await Promise.all(lab.hosts.map(({ address }) => modeOf(address, lab.clientPort)))
  // All talk to the member that `seed` takes, too: the first that follows.
  const follower = lab.hosts[modes.indexOf('follower')] ?? fail('no member follows')
  const leader = lab.hosts[modes.indexOf('leader')] ?? fail('no member leads')
  const server = `${follower.address}:${lab.clientPort}`
  const state = JSON.parse(await readFile(`${lab.scratch}/.dman/${lab.name}/secrets.json`, 'utf8'))
  const env = { ...process.env, BENCH_AUTH: `dman:${state.passwords.dman}` }
  return {
    ...{ lab, folder },
    large: await inventoryOf(lab, 'large', folder),
    empty: await inventoryOf(lab, 'empty', nothing),
    /** @param {string[]} args @returns {Promise<number>} the number that it prints */
    kazoo: async (...args) => Number((await run(bin('python'), [kazooScript, server, ...args], { env })).output),
    /** @param {string[]} words */
    zkShell: (...words) => run(bin('zk-shell'), ['--sync-connect', '--run-once', words.join(' '), server]),
    /** as the leader has it */
    zxid: async () =>
      /^Zxid: 0x([0-9a-f]+)/m.exec(await answerOf(leader.address, lab.clientPort))?.[1] ?? fail('no zxid'),
  }
}

/** @param {string} why @returns {never} */
const fail = (why) => {
  throw new Error(why)
}

/** Transactions that the ensemble committed meanwhile, sessions' own included. @template T @param {Bench} bench @param {() => Promise<T>} work */
async function counted(bench, work) {
  const before = await bench.zxid()
  const result = await work()
  return { result, before, moved: parseInt(await bench.zxid(), 16) - parseInt(before, 16) }
}

/**
 * One round, each from nothing: a note is seconds, or what its name says.
 * @param {Bench} bench @param {readonly string[]} others @param {(what: string, value: number) => void} note
 */
async function round(bench, others, note) {
  const { lab, kazoo, zkShell, large, empty, folder } = bench
  if (others.includes('kazoo')) {
    note('kazoo hundred', await kazoo('hundred', '/kazoo', folder))
    await kazoo('wipe', '/kazoo')
  }
  const start = await counted(bench, () => us('seed', empty, '--dry-run'))
  note('start', start.result.seconds)
  const seeded = await us('seed', large)
  note('seed', seeded.seconds)
  note('peak MB, seed', seeded.peak / 1e6)
  const same = await counted(bench, () => us('seed', large))
  note('seed, unchanged', same.result.seconds)
  note('peak MB, unchanged', same.result.peak / 1e6)
  note('transactions of a dry run, its sessions', start.moved)
  note('transactions unchanged, its sessions', same.moved)
  await writeFile(`${folder}/group-0000/key-7`, randomBytes(512).toString('hex'))
  const changed = await counted(bench, () => us('seed', large))
  note('seed, one changed', changed.result.seconds)
  note('znodes written, one changed', await kazoo('written', changed.before, '/bench', '/dman/meta/bench'))
  note('drift read', (await us('status', large, '--drift')).seconds)
  note('kazoo read', await kazoo('read', '/bench', folder))
  await kazoo('wipe', '/bench', '/dman/meta/bench')
  if (others.includes('kazoo')) {
    note('kazoo one by one', await kazoo('one', '/kazoo', folder))
    await kazoo('wipe', '/kazoo')
  }
  if (others.includes('zk-shell')) {
    const [file, json] = [`${lab.scratch}/shell.json`, `json://${lab.scratch.replaceAll('/', '!')}!shell.json/shell`]
    note('zk-shell', (await zkShell('cp', `file://${folder}`, '/shell', 'true', 'true')).seconds)
    note('zk-shell read', (await zkShell('cp', '/shell', json, 'true', 'true')).seconds)
    // From files it would set every znode anew under Python 3, where it compares text with bytes.
    note('zk-shell, unchanged', (await zkShell('cp', json, '/shell', 'true', 'true')).seconds)
    await rm(file)
    await kazoo('wipe', '/shell')
  }
}

/**
 * A large tree seeded, seeded again, changed in one place and read back, ours against kazoo and zk-shell on one ensemble, interleaved; prints
 * medians and ratios.
 * @param {number} rounds @param {number} znodes of 1 KiB @param {readonly string[]} without @param {Given} given
 */
export async function measureTrees(rounds, znodes, without, given) {
  await prepareRivals()
  const others = ['kazoo', 'zk-shell'].filter((name) => !without.includes(name))
  const bench = await prepare(znodes, given)
  /** @type {Record<string, number[]>} */
  const seen = {}
  try {
    await round(bench, [], () => undefined) // warms caches and the servers' code
    for (let index = 0; index < rounds; index++) {
      await round(bench, others, (what, value) => (seen[what] ??= []).push(value))
      process.stderr.write(`trees: round ${index + 1} of ${rounds}\n`)
    }
    print(seen, rounds, znodes, given)
    if (!without.includes('large')) await measureLarge(bench)
  } finally {
    await bench.lab.down()
  }
}

/** A hundred thousand znodes of 1 KiB, once: whether that works, and in how much memory. @param {Bench} bench */
async function measureLarge({ lab }) {
  const [count, mostMb] = [100_000, 400]
  const folder = `${lab.scratch}/hundred-thousand`
  await makeFiles(folder, count)
  const inventory = await inventoryOf(lab, 'hundred-thousand', folder)
  console.log(`\na tree of ${count} znodes of 1 KiB, once; at most ${mostMb} MB are to be used`)
  for (const what of ['seed', 'seed, unchanged']) {
    const { seconds, peak } = await us('seed', inventory)
    console.log(`  ${what.padEnd(42)} ${seconds.toFixed(2)} s, peak ${Math.round(peak / 1e6)} MB`)
    if (peak > mostMb * 1e6) console.log(`  that is more than ${mostMb} MB`)
  }
}

/** @param {Record<string, number[]>} seen @param {number} rounds @param {number} znodes @param {Given} given */
function print(seen, rounds, znodes, given) {
  const of = Object.fromEntries(Object.entries(seen).map(([what, values]) => [what, median(values)]))
  console.log(
    `\ntrees of ${znodes} znodes of 1 KiB on 3 members, medians of ${rounds} interleaved rounds; ${jvmWords(given)}; TLS between members ${given.tls ? 'on' : 'off'}`,
  )
  const isCount = (/** @type {string} */ what) => /^(transactions|znodes|peak)/.test(what)
  for (const [what, value] of Object.entries(of))
    console.log(`  ${what.padEnd(42)} ${isCount(what) ? Math.round(value) : `${value.toFixed(2)} s`}`)
  const ratio = (
    /** @type {string} */ name,
    /** @type {number | undefined} */ a,
    /** @type {number | undefined} */ b,
  ) => {
    if (a !== undefined && b !== undefined) console.log(`  ${name.padEnd(42)} ${(a / b).toFixed(2)}`)
  }
  const own = of['seed'] !== undefined && of['start'] !== undefined ? of['seed'] - of['start'] : undefined
  ratio('(seed - start) / kazoo hundred', own, of['kazoo hundred'])
  ratio('kazoo one by one / seed', of['kazoo one by one'], of['seed'])
  ratio('zk-shell / seed', of['zk-shell'], of['seed'])
  ratio('zk-shell, unchanged / seed, unchanged', of['zk-shell, unchanged'], of['seed, unchanged'])
  ratio('kazoo read / drift read', of['kazoo read'], of['drift read'])
}
