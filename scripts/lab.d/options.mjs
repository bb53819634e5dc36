// @ts-check
import { Trouble } from './run.mjs'

/**
 * @typedef {object} Options
 * @property {string} name
 * @property {'namespaces' | 'loopback' | undefined} kind
 * @property {string} homeSize
 * @property {string | undefined} inventory
 * @property {boolean} root
 * @property {boolean} debian
 * @property {boolean} json
 * @property {string[]} words what is no option
 */

export const help = `Test hosts on this Linux machine: each with an sshd that offers what OpenSSH 7.4 knows, a home of its own, no Java.

  scripts/lab up [N]            N hosts (default 3), named zk1, zk2, …; again: starts what is off, adds what is missing
  scripts/lab down              ends and removes everything that the lab made
  scripts/lab cut HOST…         pulls the host's network cable;  heal HOST… plugs it in again
  scripts/lab reboot HOST…      a power cut and a start;  off HOST… and on HOST… are its two halves
  scripts/lab exec HOST CMD…    runs a command as the login user; one word alone is a shell's to read; without: a shell
  scripts/lab status            the lab's hosts;  list: all labs
  scripts/lab archives          makes the archives of Java and ZooKeeper, and tells where they are

  --name NAME        which lab (default dman): each has its own addresses, keys and inventory
  --kind KIND        namespaces (default where root may make them) or loopback (for anyone; hosts cannot be cut or rebooted)
  --inventory DIR    where up writes inventory.yml and a tree to seed (default: the lab's own folder)
  --home-size SIZE   of a host's home, such as 1g (the default) or 200m; namespaces only
  --root             exec as root; namespaces only
  --debian           archives: ZooKeeper out of Debian's jars, as where Maven Central cannot be reached
  --json             status and list as JSON

Exit status: 0 done · 1 failed · 2 bad usage · 3 a Debian package is missing · 5 this kind of lab cannot do it; exec: the command's own.
`

/** @typedef {{ options: Options, key: string, value: () => string }} Given */

/** @type {Record<string, (given: Given) => unknown>} */
const known = {
  '--name': ({ options, value }) => (options.name = nameOf(value())),
  '--kind': ({ options, value }) => (options.kind = kindOf(value())),
  '--inventory': ({ options, value }) => (options.inventory = value()),
  '--home-size': ({ options, value }) => (options.homeSize = sizeOf(value())),
  '--root': ({ options }) => (options.root = true),
  '--debian': ({ options }) => (options.debian = true),
  '--json': ({ options }) => (options.json = true),
}

/**
 * Options may stand anywhere, but behind exec's host all words are the command's.
 * @param {readonly string[]} args
 * @returns {Options}
 */
export function parse(args) {
  /** @type {Options} */
  const options = {
    name: 'dman',
    kind: undefined,
    homeSize: '1g',
    inventory: undefined,
    root: false,
    debian: false,
    json: false,
    words: [],
  }
  const rest = [...args]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [key = '', ...inline] = word.split('=')
    const option = known[key]
    if (!word.startsWith('-')) options.words.push(word)
    else if (option === undefined) throw new Trouble(`there is no option ${key}; scripts/lab help lists them`, 2)
    else option({ options, key, value: () => (inline.length > 0 ? inline.join('=') : needed(key, rest.shift())) })
    if (options.words[0] === 'exec' && options.words.length === 2) options.words.push(...rest.splice(0))
  }
  return options
}

/** @param {string} key @param {string | undefined} value */
function needed(key, value) {
  if (value === undefined || value === '') throw new Trouble(`${key} needs a value`, 2)
  return value
}

/** It is the ensemble's name too, and part of the names of files. @param {string} value */
function nameOf(value) {
  if (/^[a-z][a-z0-9-]{0,40}$/.test(value)) return value
  throw new Trouble(`${value} is no name for a lab: a small letter, then small letters, digits and -`, 2)
}

/** @param {string} value @returns {'namespaces' | 'loopback'} */
function kindOf(value) {
  if (value === 'namespaces' || value === 'loopback') return value
  throw new Trouble(`${value} is no kind of lab: namespaces, loopback`, 2)
}

/** @param {string} value */
function sizeOf(value) {
  if (/^\d+[kmg]?$/i.test(value)) return value
  throw new Trouble(`${value} is no size: such as 200m or 1g`, 2)
}
