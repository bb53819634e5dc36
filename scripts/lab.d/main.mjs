// @ts-check
import { rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { archives } from './archives.mjs'
import { ready } from './daemon.mjs'
import { removeInventory, writeInventory } from './inventory.mjs'
import { makeLogin, writeKnownHosts } from './keys.mjs'
import { all, alone, chooseNet, existing, hostOf, labDir, labsDir, load, removeIfEmpty, save } from './lab.mjs'
import * as loopback from './loopback.mjs'
import * as namespaces from './namespaces.mjs'
import { help, parse } from './options.mjs'
import { run, Trouble } from './run.mjs'
import { greets } from './sshd.mjs'

/** @typedef {import('./lab.mjs').Lab} Lab @typedef {import('./options.mjs').Options} Options */

/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`)
/** @param {string} text */
const warn = (text) => process.stderr.write(`${text}\n`)

/** @param {Pick<Lab, 'kind'>} lab */
const kindOf = (lab) => (lab.kind === 'namespaces' ? namespaces : loopback)

/** @param {Options} options @returns {Promise<Lab>} a lab that has no host yet */
async function newLab(options) {
  const why = options.kind === 'loopback' ? 'asked for' : await namespaces.whyNot()
  if (options.kind === 'namespaces' && why !== undefined)
    throw new Trouble(`no hosts of the kind namespaces here: ${why}`)
  if (options.kind === undefined && why !== undefined)
    warn(`hosts of the kind loopback, since namespaces are not to be had: ${why}`)
  const name = options.name
  const kind = why === undefined ? namespaces : loopback
  /** @type {Lab} */
  const lab = {
    format: 1,
    name,
    kind: why === undefined ? 'namespaces' : 'loopback',
    net: '',
    homeSize: options.homeSize,
    account: kind.account(),
    hostsDir: kind.hostsDir(name),
    hosts: [],
    inventory: path.resolve(options.inventory ?? labDir(name)),
    inventoryMade: false,
    written: {},
  }
  return alone('labs', () => {
    lab.net = chooseNet(name, kind.freeNet)
    save(lab)
    return Promise.resolve(lab)
  })
}

/** @param {Options} options */
async function up(options) {
  const old = load(options.name)
  const count = countOf(options.words[1], old)
  if (old && options.kind !== undefined && options.kind !== old.kind)
    throw new Trouble(`lab ${old.name} is of the kind ${old.kind}; take it down first`)
  const made = await archives()
  const lab = old ?? (await newLab(options))
  const kind = kindOf(lab)
  await install(kind.packages)
  for (let id = lab.hosts.length + 1; id <= count; id++)
    lab.hosts.push({ name: `zk${id}`, id, address: `${lab.net}.${10 + id}`, port: kind.port })
  save(lab) // before anything else is made: so that down knows of it
  await makeLogin(lab)
  await kind.prepare(lab)
  const started = await Promise.all(lab.hosts.map((host) => kind.start(lab, host)))
  writeKnownHosts(lab, (host) => kind.sshFolder(lab, host))
  for (const file of writeInventory(lab, made)) warn(`${file} was changed by someone: it stays as it is`)
  save(lab)
  const cut = await kind.cutHosts(lab)
  await Promise.all(lab.hosts.map((host, i) => (cut.includes(host.name) ? undefined : ready(lab, host, started[i]))))
  await status({ ...options, json: false })
}

/** @param {string | undefined} word @param {Lab | undefined} old */
function countOf(word, old) {
  const have = old?.hosts.length ?? 0
  const count = word === undefined ? have || 3 : Number(word)
  if (!Number.isInteger(count) || count < 1 || count > 100)
    throw new Trouble(`${word} is no number of hosts: 1 to 100`, 2)
  if (count < have) throw new Trouble(`lab ${old?.name} has ${have} hosts and loses none; take it down first`)
  return count
}

/** @param {readonly string[]} packages */
const install = async (packages) => {
  await run(['sh', fileURLToPath(new URL('packages.sh', import.meta.url)), ...packages], { loud: true })
}

/** @param {Options} options */
async function down(options) {
  const lab = load(options.name)
  if (lab) {
    await kindOf(lab).takeDown(lab)
    for (const file of removeInventory(lab))
      if (!file.startsWith(`${labDir(lab.name)}/`)) warn(`${file} was changed by someone: it stays`)
  }
  rmSync(labDir(options.name), { recursive: true, force: true })
  if (lab) await alone('labs', () => Promise.resolve(kindOf(lab).tidy()))
  for (const folder of [labsDir, path.dirname(labsDir)]) removeIfEmpty(folder)
}

/** @param {Lab} lab */
async function stateOf(lab) {
  const kind = kindOf(lab)
  const cut = await kind.cutHosts(lab)
  return Promise.all(
    lab.hosts.map(async (host) => {
      const off = kind.isUp(lab, host) ? undefined : 'off'
      const state =
        off ?? (cut.includes(host.name) ? 'cut' : (await greets(host.address, host.port)) ? 'up' : 'up, no sshd')
      return { ...host, state }
    }),
  )
}

/** @param {Options} options */
async function status(options) {
  const lab = existing(options.name)
  const hosts = await stateOf(lab)
  const inventory = path.join(lab.inventory, 'inventory.yml')
  const ssh = path.join(labDir(lab.name), 'ssh_config')
  if (options.json) return say(JSON.stringify({ name: lab.name, kind: lab.kind, hosts, inventory, ssh_config: ssh }))
  for (const host of hosts) say(`${host.name} ${host.address}:${host.port} ${host.state}`)
  say(`ssh -F ${ssh} ${hosts[0]?.name}`)
  say(`inventory ${inventory}`)
}

/** @param {Options} options */
async function list(options) {
  // a lab that comes or goes at this moment may not answer
  const states = all().map(async (lab) => ({
    name: lab.name,
    kind: lab.kind,
    hosts: await stateOf(lab).catch(() => lab.hosts.map((host) => ({ ...host, state: 'unknown' }))),
  }))
  const labs = await Promise.all(states)
  if (options.json) return say(JSON.stringify(labs))
  for (const lab of labs)
    say(`${lab.name} ${lab.kind} ${lab.hosts.map(({ name, state }) => `${name}:${state}`).join(' ')}`)
}

/** @param {Options} options @param {(lab: Lab, host: import('./lab.mjs').Host) => unknown} act */
async function each(options, act) {
  const lab = existing(options.name)
  if (options.words.length < 2) throw new Trouble(`which host? ${lab.hosts.map(({ name }) => name).join(', ')}`, 2)
  await Promise.all(options.words.slice(1).map((name) => act(lab, hostOf(lab, name))))
}

/** @param {Options} options */
async function exec(options) {
  const [, name = '', ...words] = options.words
  const lab = existing(options.name)
  const shell = ['/bin/sh', ...(words.length === 0 ? ['-i'] : ['-c', ...words])]
  process.exitCode = await kindOf(lab).exec(lab, hostOf(lab, name), words.length < 2 ? shell : words, {
    root: options.root,
  })
}

/** @param {Lab} lab @param {import('./lab.mjs').Host} host */
async function on(lab, host) {
  const started = await kindOf(lab).start(lab, host)
  if (!(await kindOf(lab).cutHosts(lab)).includes(host.name)) await ready(lab, host, started)
}

/** @type {Record<string, (options: Options) => unknown>} */
const commands = {
  up: (options) => alone(`lab-${options.name}`, () => up(options)),
  down: (options) => alone(`lab-${options.name}`, () => down(options)),
  cut: (options) => each(options, (lab, host) => kindOf(lab).cut(lab, host)),
  heal: (options) => each(options, (lab, host) => kindOf(lab).heal(lab, host)),
  off: (options) => each(options, (lab, host) => kindOf(lab).off(lab, host)),
  on: (options) => each(options, on),
  reboot: (options) =>
    each(options, async (lab, host) => {
      await kindOf(lab).off(lab, host)
      await on(lab, host)
    }),
  exec,
  status,
  list,
  archives: async ({ debian }) => {
    const { java, jdk, zookeeper } = await archives({ from: debian ? 'debian' : 'maven' })
    const lines = zookeeper.map((one) => `zookeeper ${one.version} ${one.path}`)
    say([`java 17 ${java}`, `java 17-jdk ${jdk}`, ...lines].join('\n'))
  },
  help: () => say(help.trimEnd()),
}

try {
  const args = process.argv.slice(2)
  const options = parse(args[0] === '--help' || args[0] === '-h' ? ['help'] : args)
  const command = commands[options.words[0] ?? 'help']
  if (command === undefined)
    throw new Trouble(`there is no ${options.words[0]}; scripts/lab help lists what there is`, 2)
  await command(options)
} catch (error) {
  warn(error instanceof Trouble ? `lab: ${error.message}` : String(error instanceof Error ? error.stack : error))
  process.exitCode = error instanceof Trouble ? error.exit : 1
}
