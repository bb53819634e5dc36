// @ts-check
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { daemon } from './daemon.mjs'
import { makeHostKeys, makeLogin } from './keys.mjs'
import { all, hostDir, labDir, labsBelow, labsDir, removeIfEmpty } from './lab.mjs'
import { descendants, killAll, livesIn, processes } from './processes.mjs'
import { hand, run, Trouble } from './run.mjs'
import { sshdConfig } from './sshd.mjs'

/** @typedef {import('./lab.mjs').Lab} Lab @typedef {import('./lab.mjs').Host} Host */

export const packages = ['sshd=openssh-server', 'ssh-keygen=openssh-client', 'tar=tar', 'gzip=gzip', 'flock=util-linux']
export const port = 2222

/** Whoever we are; root is dman where the machine has such a user. */
export function account() {
  const { username: name, uid, gid, homedir: home, shell } = userInfo()
  const [, , dmanUid, dmanGid, , dmanHome, dmanShell] =
    (uid === 0 && /^dman:.*$/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[0].split(':')) || []
  if (dmanUid && dmanGid && dmanHome)
    return { name: 'dman', uid: Number(dmanUid), gid: Number(dmanGid), home: dmanHome, shell: dmanShell || '/bin/sh' }
  return { name, uid, gid, home, shell: shell || '/bin/sh' }
}

/** The homes are where their user may come to: not below root's home, when he is another. @param {string} name */
export function hostsDir(name) {
  const { uid, home } = account()
  return path.join(uid === userInfo().uid ? labDir(name) : path.join(labsBelow(home), name), 'hosts')
}

/** 127.A.B with A from 64 on; whether others listen there is seen when sshd starts. @param {number} n */
export const freeNet = (n) => `127.${64 + ((n >> 8) % 64)}.${n % 256}`

/** Root's sshd wants this folder; it goes again with the last lab if a lab made it. */
const runFolder = '/run/sshd'
const runFolderMade = path.join(labsDir, '.made-run-sshd')

export function prepare() {
  if (userInfo().uid !== 0 || existsSync(runFolder)) return
  mkdirSync(runFolder, { mode: 0o755 })
  writeFileSync(runFolderMade, '')
}

/**
 * @param {Lab} lab @param {Host} host
 * @returns {Promise<import('./daemon.mjs').ChildProcess | undefined>} what was started
 */
export async function start(lab, host) {
  const dir = hostDir(lab, host.name)
  for (const one of ['ssh', 'home'])
    mkdirSync(path.join(dir, one), { recursive: true, mode: one === 'home' ? 0o700 : 0o755 })
  await makeHostKeys(sshFolder(lab, host.name))
  writeFileSync(path.join(dir, 'authorized_keys'), await makeLogin(lab))
  writeFileSync(path.join(dir, 'login'), loginScript(lab, dir))
  chmodSync(path.join(dir, 'login'), 0o755)
  writeFileSync(path.join(dir, 'sshd_config'), config(lab, host, dir))
  chownSync(path.join(dir, 'home'), lab.account.uid, lab.account.gid)
  if (isUp(lab, host)) return undefined
  const sshd = (await run(['sh', '-c', 'command -v sshd'])).trim()
  return daemon(lab, host, [sshd, '-D', '-e', '-f', path.join(dir, 'sshd_config')])
}

/** @param {Lab} lab @param {Host} host @param {string} dir */
const config = (lab, host, dir) =>
  sshdConfig({
    ListenAddress: `${host.address}:${host.port}`,
    HostKey1: quoted(path.join(dir, 'ssh/ssh_host_rsa_key')),
    HostKey2: quoted(path.join(dir, 'ssh/ssh_host_ecdsa_key')),
    HostKey3: quoted(path.join(dir, 'ssh/ssh_host_ed25519_key')),
    AuthorizedKeysFile: quoted(path.join(dir, 'authorized_keys')),
    PidFile: 'none',
    StrictModes: 'no',
    PermitRootLogin: 'prohibit-password',
    PasswordAuthentication: 'no',
    AllowUsers: lab.account.name,
    ForceCommand: shellQuoted(path.join(dir, 'login')),
  })

/** @param {string} text */
const quoted = (text) => `"${text}"`
/** @param {string} text */
const shellQuoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`

/** What every login runs: the same user, but a home of the host's own. @param {Lab} lab @param {string} dir */
const loginScript = (lab, dir) => `#!/bin/sh
HOME=${shellQuoted(path.join(dir, 'home'))} SHELL=${shellQuoted(lab.account.shell)}
export HOME SHELL
unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME
cd || exit
[ -n "\${SSH_ORIGINAL_COMMAND+x}" ] || exec "$SHELL" -l
exec "$SHELL" -c "$SSH_ORIGINAL_COMMAND"
`

/** @param {Lab} lab @param {string} host */
export const sshFolder = (lab, host) => path.join(hostDir(lab, host), 'ssh')

/** @param {Lab} lab @param {Host} host */
const listener = (lab, host) =>
  processes().find(({ command }) =>
    command.includes(`sshd -D -e -f ${path.join(hostDir(lab, host.name), 'sshd_config')} `),
  )?.pid

/** @param {Lab} lab @param {Host} host */
export const isUp = (lab, host) => listener(lab, host) !== undefined

/** @returns {never} */
function cannot() {
  throw new Trouble(
    'hosts of the loopback kind share one machine and one network: they cannot be cut, switched off or rebooted, nor have full disks',
    5,
  )
}
export const [off, cut, heal] = [cannot, cannot, cannot]
export const cutHosts = () => Promise.resolve([])
export const whyNot = () => Promise.resolve(undefined)

/** @param {Lab} lab @param {Host} host @param {readonly string[]} command @param {{ root: boolean }} options */
export function exec(lab, host, command, { root }) {
  if (root) throw new Trouble('hosts of the loopback kind have no root of their own', 5)
  const { name, uid, gid, shell } = lab.account
  const home = path.join(hostDir(lab, host.name), 'home')
  const env = {
    HOME: home,
    USER: name,
    LOGNAME: name,
    SHELL: shell,
    PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
    TERM: process.env.TERM,
  }
  return hand(command, { cwd: home, env, ...(uid === userInfo().uid ? {} : { uid, gid }) })
}

/** @param {Lab} lab */
export async function takeDown(lab) {
  forgetCron(lab)
  await endAndRemove(lab.hostsDir, () => {
    const running = processes()
    const listeners = lab.hosts.flatMap((host) => listener(lab, host) ?? [])
    const logins = listeners.flatMap((pid) => [pid, ...descendants(running, pid).map((one) => one.pid)])
    return [...logins, ...running.map(({ pid }) => pid).filter((pid) => livesIn(pid, lab.hostsDir))].filter(
      (pid) => pid !== process.pid,
    )
  })
  // again: who was just setting them may have done so meanwhile
  forgetCron(lab)
  for (let dir = path.dirname(lab.hostsDir); dir.startsWith(`${lab.account.home}/`); dir = path.dirname(dir))
    removeIfEmpty(dir)
}

/**
 * What cron began just before its lines went may come to life after a look, and write where something is being removed.
 * @param {string} folder @param {() => readonly number[]} find
 */
async function endAndRemove(folder, find) {
  for (let tries = 1; ; tries++) {
    await killAll(find)
    try {
      rmSync(folder, { recursive: true, force: true })
      return
    } catch (error) {
      if (tries === 20) throw error
      await sleep(50)
    }
  }
}

/** The hosts share their user's own crontab: lines for homes of this lab go with it, all others stay. @param {Lab} lab */
function forgetCron({ account: { uid, gid }, hostsDir }) {
  const as = uid === userInfo().uid ? {} : { uid, gid }
  /** @param {string} what @param {string} [input] */
  const crontab = (what, input = '') => spawnSync('crontab', [what], { ...as, input, encoding: 'utf8' })
  const { status, stdout } = crontab('-l')
  // None, no such command, or not allowed: then no line of ours is there either.
  if (status !== 0) return
  const place = `${hostsDir.replaceAll('%', String.raw`\%`)}/`
  const lines = stdout.split('\n')
  const rest = lines.filter((line) => !(line.includes('# dman-bootstrap format: ') && line.includes(place)))
  if (rest.length === lines.length) return
  crontab(rest.every((line) => line === '') ? '-r' : '-', rest.join('\n'))
}

/** What labs share goes with the last of them; called when the lab is written down no more. */
export function tidy() {
  if (!existsSync(runFolderMade) || all().some(({ kind }) => kind === 'loopback')) return
  rmSync(runFolderMade)
  removeIfEmpty(runFolder)
}
