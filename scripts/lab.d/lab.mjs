// @ts-check
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { homedir, userInfo } from 'node:os'
import path from 'node:path'
import { sleep, Trouble } from './run.mjs'

/**
 * @typedef {{ name: string, id: number, address: string, port: number }} Host
 * @typedef {{ name: string, uid: number, gid: number, home: string, shell: string }} Account whom one logs in as
 *
 * @typedef {object} Lab what is written down of a lab, in lab.json
 * @property {1} format
 * @property {string} name
 * @property {'namespaces' | 'loopback'} kind
 * @property {string} net the first three numbers of its addresses
 * @property {string} homeSize as mount's size= takes it; namespaces only
 * @property {Account} account
 * @property {string} hostsDir holds a folder a host
 * @property {Host[]} hosts
 * @property {string} inventory the folder that inventory.yml is in
 * @property {boolean} inventoryMade whether that folder is ours to remove
 * @property {Record<string, string>} written sha256 of what was written for the user to change, by absolute path
 */

/** Without links, as the kernel tells paths. @param {string} folder @returns {string} */
const real = (folder) =>
  existsSync(folder) ? realpathSync(folder) : path.join(real(path.dirname(folder)), path.basename(folder))
/** @param {string} home */
export const labsBelow = (home) => path.join(home, '.local/state/dman-bootstrap/labs')
export const labsDir = real(
  process.env.XDG_STATE_HOME ? path.join(process.env.XDG_STATE_HOME, 'dman-bootstrap/labs') : labsBelow(homedir()),
)
/** @param {string} name */
export const labDir = (name) => path.join(labsDir, name)
/** @param {Pick<Lab, 'hostsDir'>} lab @param {string} host */
export const hostDir = (lab, host) => path.join(lab.hostsDir, host)

/** @param {string} name @returns {Lab | undefined} */
export function load(name) {
  try {
    return JSON.parse(readFileSync(path.join(labDir(name), 'lab.json'), 'utf8'))
  } catch {
    return undefined
  }
}

/** @param {string} name @returns {Lab} */
export function existing(name) {
  const lab = load(name)
  if (lab === undefined) throw new Trouble(`there is no lab ${name}; make it with: scripts/lab up --name ${name}`)
  return lab
}

/** @param {Lab} lab */
export function save(lab) {
  const file = path.join(labDir(lab.name), 'lab.json')
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 })
  writeFileSync(`${file}.new`, `${JSON.stringify(lab, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}

/** @returns {Lab[]} all labs of this user, by name */
export function all() {
  try {
    return readdirSync(labsDir)
      .sort()
      .flatMap((name) => load(name) ?? [])
  } catch {
    return []
  }
}

/** @param {Lab} lab @param {string} name @returns {Host} */
export function hostOf(lab, name) {
  const host = lab.hosts.find((one) => one.name === name)
  if (host) return host
  throw new Trouble(`lab ${lab.name} has no host ${name}: ${lab.hosts.map((one) => one.name).join(', ')}`, 2)
}

/**
 * Makes a lab's addresses: a number out of its name, the next one where another lab or the machine has that already.
 * @param {string} name
 * @param {(n: number) => string | undefined} free the addresses' first three numbers, or undefined where they are taken
 */
export function chooseNet(name, free) {
  const start = createHash('sha256').update(`${userInfo().uid}/${name}`).digest().readUInt16BE()
  for (let step = 0; step < 65536; step++) {
    const net = free((start + step) % 65536)
    if (net !== undefined && all().every((lab) => lab.net !== net)) return net
  }
  throw new Trouble('no addresses are left for another lab')
}

/**
 * One at a time does `work` on a lab. The lock is a socket's name: the kernel lets go of it with the process, and it is no file.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 */
export async function alone(name, work) {
  const server = createServer()
  const taken = () =>
    new Promise((resolve) => {
      server.once('error', () => resolve(true))
      server.listen(`\0dman-bootstrap-lab-${userInfo().uid}-${name}`, () => resolve(false))
    })
  while (await taken()) await sleep(50)
  try {
    return await work()
  } finally {
    server.close()
  }
}

/** @param {string} folder */
export function removeIfEmpty(folder) {
  try {
    rmdirSync(folder)
  } catch {
    // others' files are in it, or it is gone
  }
}
