import { access, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { $ } from 'zx'
import { run, untilAllServe } from './measure.mjs'

const versions = ['pyinfra==3.10.0', 'ansible-core==2.19.0', 'kazoo==2.11.0', 'zk-shell==1.3.4']
const venv = `${process.env['XDG_CACHE_HOME'] ?? `${homedir()}/.cache`}/dman-bootstrap/bench-venv`
export const bin = (/** @type {string} */ name) => `${venv}/bin/${name}`
const here = new URL('.', import.meta.url).pathname

/** A virtual environment of the benchmark's own, with all rivals at fixed versions. */
export async function prepareRivals() {
  const ready = await Promise.all(['pyinfra', 'ansible-playbook', 'zk-shell'].map((name) => access(bin(name)))).catch(
    () => null,
  )
  if (ready) return
  await $`python3 -m venv ${venv}`
  await $`${bin('pip')} install --quiet ${versions}`
}

/** What both deploys are told of the lab, as JSON. @param {import('./lab.mjs').BenchLab} lab */
const facts = (lab) => ({
  java: lab.java,
  zookeeper: lab.zookeeper,
  jvm: lab.jvm.join(' '),
  logback: lab.logback,
  hosts: Object.fromEntries(lab.hosts.map((host) => [host.name, { ...host, zoo_cfg: lab.zooCfg(host, 'data') }])),
})

/** @param {import('./lab.mjs').BenchLab} lab */
export async function writeRivals(lab) {
  await writeFile(`${lab.scratch}/facts.json`, JSON.stringify(facts(lab)))
  const pyinfra = lab.hosts.map((host) => [
    host.name,
    {
      ssh_hostname: host.sshHost,
      ssh_port: host.sshPort,
      ssh_user: lab.user,
      ssh_key: lab.identity,
      ssh_known_hosts_file: lab.knownHosts,
    },
  ])
  await writeFile(`${lab.scratch}/hosts.py`, `zookeepers = [tuple(host) for host in ${JSON.stringify(pyinfra)}]\n`)
  const ansible = Object.fromEntries(
    lab.hosts.map((host) => [
      host.name,
      { ansible_host: host.sshHost, ansible_port: host.sshPort, ...facts(lab).hosts[host.name] },
    ]),
  )
  await writeFile(`${lab.scratch}/hosts.json`, JSON.stringify({ zookeepers: { hosts: ansible } }))
  await writeFile(
    `${lab.scratch}/ansible.cfg`,
    `[defaults]\nforks = 20\ngathering = explicit\nprivate_key_file = ${lab.identity}\nremote_user = ${lab.user}\n` +
      `[ssh_connection]\npipelining = True\nssh_args = -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=${lab.knownHosts}\ncontrol_path_dir = ${lab.scratch}/cp\n`,
  )
}

/** @param {import('./lab.mjs').BenchLab} lab */
const addresses = (lab) => lab.hosts.map(({ address }) => address)

/** @param {import('./lab.mjs').BenchLab} lab */
export async function pyinfraUp(lab) {
  const started = performance.now()
  const env = { ...process.env, BENCH_FACTS: `${lab.scratch}/facts.json` }
  await run(bin('pyinfra'), ['-y', `${lab.scratch}/hosts.py`, `${here}deploy.py`], { env, cwd: lab.scratch })
  await untilAllServe(addresses(lab), lab.clientPort)
  return { seconds: (performance.now() - started) / 1000, peak: 0 }
}

/** @param {import('./lab.mjs').BenchLab} lab */
export async function ansibleUp(lab) {
  const started = performance.now()
  const env = { ...process.env, ANSIBLE_CONFIG: `${lab.scratch}/ansible.cfg`, LC_ALL: 'C.UTF-8' }
  await run(
    bin('ansible-playbook'),
    ['-i', `${lab.scratch}/hosts.json`, '-e', `@${lab.scratch}/facts.json`, `${here}playbook.yml`],
    { env },
  )
  await untilAllServe(addresses(lab), lab.clientPort)
  return { seconds: (performance.now() - started) / 1000, peak: 0 }
}
