import { randomInt } from 'node:crypto'
import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { $ } from 'zx'

const usage = 'usage: scripts/soak [--seconds 600] [--seed N]'

function asked() {
  try {
    return parseArgs({
      options: {
        help: { type: 'boolean', default: false },
        seconds: { type: 'string', default: '600' },
        seed: { type: 'string', default: String(randomInt(1_000_000)) },
      },
    }).values
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    return process.exit(3)
  }
}

const values = asked()
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const seed = Number(values.seed)
const lab = `soak${process.pid}`
const hosts = ['zk1', 'zk2', 'zk3']

/** Marsaglia's xorshift32: the same seed, the same numbers; from 0 to below 1. */
function numbersOf(/** @type {number} */ from) {
  let state = (from + 1) * 2654435761 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
const random = numbersOf(seed)
/** @template T @param {readonly [T, ...T[]]} of @returns {T} */
const one = (of) => of[Math.floor(random() * of.length)] ?? of[0]

/** The folder that Python finds kazoo in: from PyPI, in the user's cache. */
async function kazoo() {
  const folder = `${process.env['XDG_CACHE_HOME'] ?? `${homedir()}/.cache`}/dman-bootstrap/kazoo-2.11.0`
  await access(folder).catch(() => $`python3 -m pip install --quiet --target ${folder} kazoo==2.11.0`)
  return folder
}

/** What may happen to a member, and how it is undone; whoever is asked leaves an ensemble that comes to be healthy again. */
function happenings(/** @type {string} */ inventory, /** @type {boolean} */ canCut) {
  const lab$ = $({ nothrow: true, quiet: true })
  const onServer = (/** @type {string} */ host, /** @type {string} */ signal) =>
    lab$`scripts/lab exec ${host} ${`kill -${signal} $(sed -n 's/^pid: //p' dman/run/server)`} --name ${lab}`
  const later = (/** @type {() => Promise<unknown>} */ undo) => sleep(1000 + random() * 5000).then(undo)
  /** @type {Record<string, (host: string) => Promise<unknown>>} */
  const all = {
    'is restarted': (host) => $`node dist/dman-bootstrap.js restart ${inventory} --hosts ${host}`.quiet(),
    'and all others are restarted': () => $`node dist/dman-bootstrap.js restart ${inventory}`.quiet(),
    'is killed': (host) => onServer(host, 'KILL'),
    'is frozen for a while': (host) => onServer(host, 'STOP').then(() => later(() => onServer(host, 'CONT'))),
    'loses its network for a while': (host) =>
      lab$`scripts/lab cut ${host} --name ${lab}`.then(() => later(() => lab$`scripts/lab heal ${host} --name ${lab}`)),
  }
  return Object.entries(all).filter(([what]) => canCut || !what.includes('network'))
}

/** Waits until all members serve; rejects after a minute, with what status says. @param {string} inventory */
async function healthy(inventory) {
  const until = Date.now() + 60_000
  for (;;) {
    const status = await $({ nothrow: true, quiet: true })`node dist/dman-bootstrap.js status ${inventory}`
    if (status.exitCode === 0) return
    if (Date.now() > until) throw new Error(`not healthy a minute later:\n${status.stdout}${status.stderr}`)
    await sleep(500)
  }
}

/** One thing after the other, until the time is over; how many there were. Rejects where the ensemble does not come to be healthy again. */
async function befallAll(/** @type {string} */ inventory, /** @type {boolean} */ canCut) {
  const happen = happenings(inventory, canCut)
  const until = Date.now() + Number(values.seconds) * 1000
  let done = 0
  while (Date.now() < until) {
    const [what, befall] = one(/** @type {[typeof happen[0], ...typeof happen]} */ (happen))
    const host = one(/** @type {[string, ...string[]]} */ (hosts))
    console.log(`${new Date().toISOString().slice(11, 19)} ${host} ${what}`)
    await befall(host)
    await healthy(inventory)
    await sleep(random() * 2000)
    done++
  }
  return done
}

async function soak(/** @type {string} */ scratch) {
  const inventory = `${scratch}/inventory.yml`
  await $`scripts/lab up 3 --name ${lab} --inventory ${scratch}`.quiet()
  const made = JSON.parse((await $`scripts/lab status --name ${lab} --json`.quiet()).stdout)
  await $`node dist/dman-bootstrap.js up ${inventory}`.quiet()
  const servers = made.hosts.map((/** @type {{ address: string }} */ { address }) => `${address}:2180`).join()
  const { passwords } = JSON.parse(await readFile(`${scratch}/.dman/${lab}/secrets.json`, 'utf8'))
  const auth = { SOAK_AUTH: `dman:${passwords.dman}` }
  const env = { ...process.env, ...auth, PYTHONPATH: await kazoo(), PYTHONDONTWRITEBYTECODE: '1' }
  const writers = $({ env, quiet: true, nothrow: true })`exec python3 scripts/soak.d/writers.py ${servers}`
  const done = await befallAll(inventory, made.kind === 'namespaces').catch(async (error) => {
    await writers.kill('SIGKILL')
    throw error
  })
  await writers.kill('SIGTERM')
  const { exitCode, stdout, stderr } = await writers
  if (exitCode !== 0) throw new Error(`the writers ended with ${exitCode}:\n${stderr}`)
  return { done, ...JSON.parse(stdout.split('\n')[1] ?? '') }
}

console.log(`seed ${seed}: again with scripts/soak --seed ${seed}`)
const scratch = await mkdtemp(`${tmpdir()}/dman-soak-`)
try {
  const { done, acked, unknown, gap, wrong } = await soak(scratch)
  for (const words of wrong) console.log(`wrong: ${words}`)
  console.log(
    `${done} happenings in ${values.seconds} s, ${acked} writes acknowledged and checked, ${unknown} of unknown outcome,`,
  )
  console.log(`none for ${gap.toFixed(2)} s at most, ${wrong.length === 0 ? 'nothing lost' : 'SOMETHING IS WRONG'}`)
  if (wrong.length > 0) process.exitCode = 1
} finally {
  await $`scripts/lab down --name ${lab}`.quiet()
  await rm(scratch, { recursive: true, force: true })
}
