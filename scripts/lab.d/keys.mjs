// @ts-check
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { labDir } from './lab.mjs'
import { run } from './run.mjs'

/** The kinds of host keys that a CentOS 7 makes at its first start. */
const kinds = [
  ['ed25519', []],
  ['ecdsa', ['-b', '256']],
  ['rsa', ['-b', '2048']],
]

/** @param {string} file @param {string} type @param {readonly string[]} [more] */
const make = async (file, type, more = []) => {
  if (!existsSync(file)) await run(['ssh-keygen', '-q', '-t', type, ...more, '-N', '', '-C', 'lab', '-f', file])
}

/** The key that one logs in with. @param {import('./lab.mjs').Lab} lab */
export async function makeLogin(lab) {
  const file = path.join(labDir(lab.name), 'id_ed25519')
  await make(file, 'ed25519')
  return readFileSync(`${file}.pub`, 'utf8')
}

/**
 * A host's own keys, in `folder`.
 * @param {string} folder
 */
export async function makeHostKeys(folder) {
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  await Promise.all(
    kinds.map(([type, more]) => make(path.join(folder, `ssh_host_${type}_key`), String(type), [...(more ?? [])])),
  )
}

/**
 * known_hosts of all hosts, and an ssh_config so that `ssh -F … zk1` works. @param {import('./lab.mjs').Lab} lab @param {(host: string) =>
 * string} folderOf
 */
export function writeKnownHosts(lab, folderOf) {
  const dir = labDir(lab.name)
  const lines = lab.hosts.flatMap(({ name, address, port }) =>
    publicKeys(folderOf(name)).map((key) => `${port === 22 ? address : `[${address}]:${port}`} ${key}\n`),
  )
  writeFileSync(path.join(dir, 'known_hosts'), lines.join(''), { mode: 0o600 })
  const common = `  User ${lab.account.name}\n  IdentityFile "${dir}/id_ed25519"\n  IdentitiesOnly yes\n  UserKnownHostsFile "${dir}/known_hosts"\n`
  const hosts = lab.hosts.map((host) => `Host ${host.name}\n  HostName ${host.address}\n  Port ${host.port}\n${common}`)
  writeFileSync(path.join(dir, 'ssh_config'), hosts.join(''), { mode: 0o600 })
}

/** @param {string} folder */
const publicKeys = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('_key.pub'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8').split(' ').slice(0, 2).join(' ').trim())
