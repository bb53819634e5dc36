// @ts-check
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { labDir, removeIfEmpty } from './lab.mjs'

/** A tree to seed: what a small service would keep in its configuration. */
const sample = {
  'config/service.json': '{ "name": "greeter", "workers": 4 }\n',
  'config/greeting': 'hello',
  'config/database/url': 'postgresql://db.example.net/greeter',
  'config/database/pool': '10',
  'config/features/dark-mode': 'on',
  'config/features/.znode': 'one znode a feature',
}

const template = new URL('../../inventories/lab.yml', import.meta.url)

/** @param {string} text @param {Record<string, string | number>} values */
const fillIn = (text, values) =>
  text.replace(/\$\{(\w+)\}/g, (_, /** @type {string} */ name) => {
    const value = values[name]
    if (value === undefined) throw new Error(`inventories/lab.yml: no value for ${name}`)
    return String(value)
  })

/** The template, with one line a host. @param {import('./lab.mjs').Lab} lab @param {import('./archives.mjs').Archives} archives */
function inventoryText(lab, { java, zookeeper }) {
  const common = {
    name: lab.name,
    user: lab.account.name,
    port: lab.hosts[0]?.port ?? 22,
    identity: JSON.stringify(path.join(labDir(lab.name), 'id_ed25519')),
    known_hosts: JSON.stringify(path.join(labDir(lab.name), 'known_hosts')),
    java: JSON.stringify(java),
    zookeeper: JSON.stringify(zookeeper[0]?.path ?? ''),
  }
  const lines = readFileSync(template, 'utf8').split('\n')
  return lines
    .flatMap((line) =>
      line.includes('${host}')
        ? lab.hosts.map(({ name: host, id, address }) => fillIn(line, { host, id, address }))
        : [fillIn(line, common)],
    )
    .join('\n')
}

/** @param {string} text */
const digest = (text) => createHash('sha256').update(text).digest('hex')
/** @param {string} file */
const digestOf = (file) => (existsSync(file) ? digest(readFileSync(file, 'utf8')) : undefined)

/**
 * Writes the inventory and its sample tree; what was changed since we wrote it stays as it is.
 * @param {import('./lab.mjs').Lab} lab its `written` is brought up to date
 * @param {import('./archives.mjs').Archives} archives
 * @returns {string[]} paths of files that were kept, though ours would differ
 */
export function writeInventory(lab, archives) {
  const kept = []
  lab.inventoryMade ||= !existsSync(lab.inventory)
  for (const [name, text] of Object.entries({ 'inventory.yml': inventoryText(lab, archives), ...sample })) {
    const file = path.join(lab.inventory, name)
    const now = digestOf(file)
    if (now === digest(text)) lab.written[file] ??= now
    else if (now === undefined && lab.written[file] !== undefined && name !== 'inventory.yml') continue
    else if (now !== undefined && now !== lab.written[file]) kept.push(...(name === 'inventory.yml' ? [file] : []))
    else {
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, text)
      lab.written[file] = digest(text)
    }
  }
  return kept
}

/**
 * Removes what was written for the user and not changed since, and the program's state of an ensemble that is no more.
 * @param {import('./lab.mjs').Lab} lab
 * @returns {string[]} paths of changed files, which stay
 */
export function removeInventory(lab) {
  rmSync(path.join(lab.inventory, '.dman', lab.name), { recursive: true, force: true })
  const kept = Object.entries(lab.written).filter(([file, was]) => {
    const now = digestOf(file)
    if (now === was) rmSync(file)
    return now !== undefined && now !== was
  })
  const state = path.join(lab.inventory, '.dman')
  if (existsSync(state) && readdirSync(state).every((name) => name === '.gitignore')) rmSync(state, { recursive: true })
  const folders = new Set(Object.keys(lab.written).map((file) => path.dirname(file)))
  for (const folder of [...folders].sort((a, b) => b.length - a.length))
    if (folder !== lab.inventory || lab.inventoryMade) removeIfEmpty(folder)
  return kept.map(([file]) => file)
}
