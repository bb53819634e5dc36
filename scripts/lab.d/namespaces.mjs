// @ts-check
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { networkInterfaces } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { daemon } from './daemon.mjs'
import { makeHostKeys, makeLogin } from './keys.mjs'
import { hostDir, labDir } from './lab.mjs'
import { descendants, killAll, processes } from './processes.mjs'
import { hand, run, Trouble, until } from './run.mjs'
import { sshdConfig } from './sshd.mjs'

/** @typedef {import('./lab.mjs').Lab} Lab @typedef {import('./lab.mjs').Host} Host */

const script = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url))
const hostScript = script('host.sh')

export const packages = [
  ...['ip=iproute2', 'tini=tini', 'cron=cron', 'crontab=cron', 'sshd=openssh-server', 'ssh-keygen=openssh-client'],
  ...['unshare=util-linux', 'nsenter=util-linux', 'mount=mount', 'tar=tar', 'gzip=gzip', 'flock=util-linux'],
]

/** Whoever dman is: his numbers are the same on all hosts and nobody's on the machine. */
export const account = () => ({ name: 'dman', uid: 21800, gid: 21800, home: '/home/dman', shell: '/bin/bash' })
export const port = 22
export const hostsDir = (/** @type {string} */ name) => path.join(labDir(name), 'hosts')

/** 10.77.N, where no link of the machine has such an address. @param {number} n */
export function freeNet(n) {
  const net = `10.77.${n % 256}`
  const taken = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address.startsWith(`${net}.`)),
  )
  return taken ? undefined : net
}

/** In namespaces of its own, so it leaves nothing. */
const probe = `
mount -t sysfs -o ro none /sys
mount -t tmpfs none /mnt
mkdir /mnt/usr
mount -o bind,ro /usr /mnt/usr
! command -v ip >/dev/null || { ip link add name one type bridge && ip link add name two type veth peer name three; }
`

/** Whether this machine lets us make such hosts; else why not. @returns {Promise<string | undefined>} */
export async function whyNot() {
  if (process.getuid?.() !== 0) return 'not root'
  try {
    await run(['unshare', '--mount', '--net', '--pid', '--uts', '--ipc', '--fork', '--mount-proc', 'sh', '-ec', probe])
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** What all hosts share: the switch. @param {Lab} lab */
export async function prepare(lab) {
  if (!mounted(path.join(labDir(lab.name), 'switch')))
    await run(['sh', script('net.sh'), 'switch', labDir(lab.name), lab.net])
}

/**
 * Makes a host where there is none yet, and starts it where it is off.
 * @param {Lab} lab
 * @param {Host} host
 * @returns {Promise<import('./daemon.mjs').ChildProcess | undefined>} what was started
 */
export async function start(lab, host) {
  const dir = hostDir(lab, host.name)
  await Promise.all([makeHost(lab, host, dir), makeHostKeys(sshFolder(lab, host.name))])
  if (isUp(lab, host)) return undefined
  const unshare = ['unshare', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child']
  return daemon(lab, host, ['nsenter', `--net=${dir}/net`, ...unshare, 'sh', hostScript, labDir(lab.name), host.name])
}

/** @param {Lab} lab @param {Host} host @param {string} dir */
async function makeHost(lab, host, dir) {
  const { uid, gid } = lab.account
  if (!existsSync(path.join(dir, 'root'))) {
    for (const one of ['', 'etc/ssh', 'etc/cron.d', 'home', 'crontabs', 'root'])
      mkdirSync(path.join(dir, one), { recursive: true, mode: 0o755 })
    // Debian's crontab program is of the group crontab and writes here by that alone
    chownSync(path.join(dir, 'crontabs'), 0, statSync('/usr/bin/crontab').gid)
    chmodSync(path.join(dir, 'crontabs'), 0o1730)
    writeFileSync(path.join(dir, 'etc/crontab'), '')
    writeFileSync(path.join(dir, 'etc/environment'), '')
    writeFileSync(path.join(dir, 'etc/ssh/sshd_config'), config())
  }
  if (!mounted(path.join(dir, 'home'))) {
    const options = `size=${lab.homeSize},mode=0700,uid=${uid},gid=${gid},nosuid,nodev`
    await run(['mount', '-t', 'tmpfs', '-o', options, `home-${host.name}`, path.join(dir, 'home')])
    const folder = path.join(dir, 'home/.ssh')
    mkdirSync(folder, { mode: 0o700 })
    writeFileSync(path.join(folder, 'authorized_keys'), await makeLogin(lab), { mode: 0o600 })
    for (const one of [folder, path.join(folder, 'authorized_keys')]) chownSync(one, uid, gid)
    for (const one of ['.bashrc', '.profile'].filter((name) => existsSync(`/etc/skel/${name}`))) {
      copyFileSync(`/etc/skel/${one}`, path.join(dir, 'home', one))
      chownSync(path.join(dir, 'home', one), uid, gid)
    }
  }
  if (!mounted(path.join(dir, 'net')))
    await run(['sh', script('net.sh'), 'host', labDir(lab.name), host.name, host.address])
}

const config = () =>
  sshdConfig({
    Port: '22',
    HostKey1: '/etc/ssh/ssh_host_rsa_key',
    HostKey2: '/etc/ssh/ssh_host_ecdsa_key',
    HostKey3: '/etc/ssh/ssh_host_ed25519_key',
    PermitRootLogin: 'no',
    Subsystem: 'sftp internal-sftp',
  })

/** @param {Pick<Lab, 'hostsDir'>} lab @param {string} host */
export const sshFolder = (lab, host) => path.join(hostDir(lab, host), 'etc/ssh')

/**
 * The process that started a host's process 1 and ends it when it is killed; known by the words it was called with, whichever checkout it
 * was. @param {Lab} lab @param {Host} host
 */
function findHost(lab, host) {
  const words = `/host.sh ${labDir(lab.name)} ${host.name} `
  return processes().find(({ command }) => /^(nsenter|unshare) /.test(command) && command.endsWith(words))?.pid
}

/** @param {Lab} lab @param {Host} host */
export const isUp = (lab, host) => findHost(lab, host) !== undefined

/** A power cut. @param {Lab} lab @param {Host} host */
export async function off(lab, host) {
  const top = findHost(lab, host)
  if (top === undefined) return
  const inside = descendants(processes(), top)
  const alive = () => processes().filter((one) => one.pid === top || inside.some(({ pid }) => pid === one.pid))
  await killAll(() => alive().map(({ pid }) => pid))
}

/** @param {Lab} lab @param {Host} host @param {'up' | 'down'} state */
const cable = (lab, host, state) =>
  run(['nsenter', `--net=${labDir(lab.name)}/switch`, 'ip', 'link', 'set', host.name, state])
/** @param {Lab} lab @param {Host} host */
export const cut = (lab, host) => cable(lab, host, 'down')
/** @param {Lab} lab @param {Host} host */
export const heal = (lab, host) => cable(lab, host, 'up')

/** Names of the hosts whose cable is out. @param {Lab} lab */
export async function cutHosts(lab) {
  const file = path.join(labDir(lab.name), 'switch')
  if (!mounted(file)) return []
  const links = JSON.parse(await run(['nsenter', `--net=${file}`, 'ip', '-json', 'link', 'show', 'master', 'switch']))
  return links
    .filter((/** @type {{ flags: string[] }} */ link) => !link.flags.includes('UP'))
    .map((/** @type {{ ifname: string }} */ link) => link.ifname)
}

/**
 * What runs a command on a host as dman in his home, or as root; without the network.
 * @param {Lab} lab @param {Host} host @param {readonly string[]} command @param {{ root: boolean }} options @returns {readonly string[]}
 */
export function within(lab, host, command, { root }) {
  const top = findHost(lab, host)
  const pid = top === undefined ? undefined : descendants(processes(), top)[0]?.pid
  if (pid === undefined) throw new Trouble(`${host.name} is off`)
  const who = root ? { ...account(), name: 'root', uid: 0, gid: 0, home: '/root' } : lab.account
  const environment = [
    `HOME=${who.home}`,
    `USER=${who.name}`,
    `LOGNAME=${who.name}`,
    `SHELL=${who.shell}`,
    'PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
  ]
  const term = process.env.TERM === undefined ? [] : [`TERM=${process.env.TERM}`]
  const enter = [
    'nsenter',
    '--target',
    String(pid),
    '--mount',
    '--uts',
    '--ipc',
    '--net',
    '--pid',
    '--setuid',
    String(who.uid),
    '--setgid',
    String(who.gid),
  ]
  return [...enter, 'env', '-i', ...environment, ...term, '/bin/sh', '-c', 'cd && exec "$@"', 'sh', ...command]
}

/** @param {Lab} lab @param {Host} host @param {readonly string[]} command @param {{ root: boolean }} options */
export const exec = (lab, host, command, options) => hand(within(lab, host, command, options))

/** Ends and removes all that `start` and `prepare` made, also the half of it. @param {Lab} lab */
export async function takeDown(lab) {
  const dir = labDir(lab.name)
  // what a killed `up` was doing may still be under way
  const helpers = /^(nsenter|unshare|ip|mount|ssh-keygen|sh \S*\/(host|net)\.sh) /
  const ours = () =>
    processes().filter(
      ({ command }) => helpers.test(command) && (command.includes(` ${dir} `) || command.includes(`${dir}/`)),
    )
  await killAll(() => {
    const all = processes()
    return ours().flatMap((top) => [top.pid, ...descendants(all, top.pid).map(({ pid }) => pid)])
  })
  const link = `dmanlab-${lab.net.split('.')[2]}`
  if (existsSync(`/sys/class/net/${link}`) && mounted(path.join(dir, 'switch')))
    await run(['ip', 'link', 'delete', link])
  await until(async () => {
    const mounts = mountsBelow(dir)
    if (mounts.length > 0) await run(['umount', ...mounts.reverse()]).catch(() => '')
    return mounts.length === 0
  }, `unmounting what is below ${dir}`)
  rmSync(lab.hostsDir, { recursive: true, force: true })
}

/** Nothing is shared between labs. */
export function tidy() {}

/** Paths that something is mounted on, in the order of mounting; the kernel writes a blank as \040. @param {string} folder */
const mountsBelow = (folder) =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((point) => point.startsWith(`${folder}/`))

/** @param {string} file */
const mounted = (file) => mountsBelow(path.dirname(file)).includes(file)
