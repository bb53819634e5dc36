import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Kind, labCommand, labName, type TestLab, withLab } from './lab.ts'
import { runCommand } from './run.ts'

const ssh = (lab: TestLab, host: string, command: string) =>
  runCommand(['ssh', '-F', lab.sshConfig, '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=2', host, command])

const answers = (address: string, port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host: address, port, timeout: 1000 })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => end(true))
    socket.on('error', () => end(false))
    socket.on('timeout', () => end(false))
  })

/** What a lab could leave on the machine: words of processes, mounts, links, addresses that have its name or folder in them. */
function traces(state: string, net: string) {
  const processes = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
  return {
    processes: processes.filter((command) => command.includes(state)),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(state)),
    links: Object.entries(networkInterfaces()).filter(([, all]) => all?.some(({ address }) => address.startsWith(net))),
    folder: existsSync(state),
  }
}

const nothing = { processes: [], mounts: [], links: [], folder: false }

describe('any kind of lab', () => {
  const lab = withLab({ hosts: 2 })

  test('takes a login by ssh into a home of each host alone', async () => {
    await lab.exec('zk1', 'echo one >mark')
    expect((await ssh(lab, 'zk1', 'cat ~/mark')).stdout).toBe('one\n')
    expect((await ssh(lab, 'zk2', 'cat ~/mark')).code).toBe(1)
  })

  test('hands a command of an ssh login to the login shell as it is', async () => {
    expect((await ssh(lab, 'zk1', `printf '%s\\n' "a  b" '$HOME' && exit 7`)).stdout).toBe('a  b\n$HOME\n')
    expect((await ssh(lab, 'zk1', 'exit 7')).code).toBe(7)
  })

  test('runs a command with exec as it is, or one text by a shell, and gives its status', async () => {
    expect((await lab.exec('zk1', ['printf', '%s', 'a  b $HOME'])).stdout).toBe('a  b $HOME')
    expect((await lab.exec('zk1', 'cat; exit 3', { input: 'in' })).stdout).toBe('in')
    expect((await lab.exec('zk1', 'exit 3')).code).toBe(3)
  })

  test('offers only what OpenSSH 7.4 knows', async () => {
    const options = ['-vv', '-o', 'Ciphers=aes128-cbc', '-o', 'BatchMode=yes']
    const told = await runCommand(['ssh', '-F', lab.sshConfig, ...options, 'zk1', 'true'])
    const offer = told.stderr.split('peer server KEXINIT proposal')[1] ?? ''
    expect(offer).toMatch(/KEX algorithms: curve25519-sha256,.*diffie-hellman-group14-sha1/)
    expect(offer).toMatch(/host key algorithms: .*ssh-rsa.*ecdsa-sha2-nistp256.*ssh-ed25519/)
    expect(offer).not.toMatch(/sntrup|mlkem|-cbc|sk-ssh/)
    expect(told.stderr).toContain('no matching cipher found')
  })

  test('forwards connections, also to the other hosts', async () => {
    const { address = '', port = 0 } = lab.hosts[1] ?? {}
    const through = ['ssh', '-F', lab.sshConfig, '-W', `${address}:${port}`, 'zk1']
    expect((await runCommand(['sh', '-c', '"$@" | head -c 8', 'sh', ...through])).stdout).toBe('SSH-2.0-')
  })

  test('comes up again as it is, and grows by the next host', async () => {
    const before = await lab.exec('zk1', 'cat /proc/sys/kernel/random/boot_id ~/mark')
    const keys = readFileSync(path.join(path.dirname(lab.sshConfig), 'known_hosts'), 'utf8')
    const again = await lab.lab('up')
    expect(again.stdout).toMatch(/^zk1 \S+ up\nzk2 \S+ up\nssh /)
    await lab.grow(3)
    expect(lab.hosts.map(({ name, state }) => `${name} ${state}`)).toEqual(['zk1 up', 'zk2 up', 'zk3 up'])
    expect(await lab.exec('zk1', 'cat /proc/sys/kernel/random/boot_id ~/mark')).toMatchObject({ stdout: before.stdout })
    expect(readFileSync(path.join(path.dirname(lab.sshConfig), 'known_hosts'), 'utf8')).toContain(keys)
    expect(readFileSync(lab.inventory, 'utf8')).toContain('zk3: { id: 3')
  })

  test('keeps an inventory that was changed, and edits copies of it', async () => {
    const copy = await lab.edit((inventory) => inventory.setIn(['zookeeper', 'heap'], '300m'))
    expect(readFileSync(copy, 'utf8')).toContain('heap: 300m')
    expect(readFileSync(lab.inventory, 'utf8')).toContain('heap: 256m')
    const original = readFileSync(lab.inventory, 'utf8')
    await writeFile(lab.inventory, `${original}# mine\n`)
    expect((await lab.lab('up')).stderr).toContain('was changed by someone')
    expect(readFileSync(lab.inventory, 'utf8')).toContain('# mine')
    await writeFile(lab.inventory, original)
  })

  test('refuses to lose hosts, and words that mean nothing', async () => {
    expect(await labCommand('up', '1', '--name', lab.name)).toMatchObject({ code: 1 })
    expect(await labCommand('up', 'three', '--name', lab.name)).toMatchObject({ code: 2 })
    expect(await labCommand('upp')).toMatchObject({ code: 2 })
    expect(await labCommand('cut', 'zk9', '--name', lab.name)).toMatchObject({ code: 2 })
  })
})

describe('hosts in namespaces', () => {
  const lab = withLab({ hosts: 3, homeSize: '50m' })

  test('have a user dman, no Java, an own boot id, own processes, and no way to change the machine', async (context) => {
    lab.needs(context, 'namespaces')
    expect((await lab.exec('zk1', 'id -un; pwd')).stdout).toBe('dman\n/home/dman\n')
    expect((await lab.exec('zk1', 'command -v java || find / -xdev -name java -type f 2>/dev/null')).stdout).toBe('')
    expect((await lab.exec('zk1', 'readlink /proc/1/exe', { root: true })).stdout).toMatch(/tini/)
    const boots = await Promise.all(lab.hosts.map(({ name }) => lab.exec(name, 'cat /proc/sys/kernel/random/boot_id')))
    expect(new Set(boots.map(({ stdout }) => stdout)).size).toBe(3)
    expect((await lab.exec('zk1', 'touch /usr/mark', { root: true })).code).toBe(1)
    await lab.exec('zk1', 'touch /tmp/mark')
    expect([existsSync('/tmp/mark'), (await lab.exec('zk2', 'ls /tmp')).stdout]).toEqual([false, ''])
  })

  test('reap what was left behind', async (context) => {
    lab.needs(context, 'namespaces')
    const pid = (await ssh(lab, 'zk1', 'sleep 100 >/dev/null 2>&1 </dev/null & echo $!')).stdout.trim()
    expect((await lab.exec('zk1', `kill -9 ${pid}; sleep 0.2; kill -0 ${pid}`)).code).toBe(1)
  })

  test('have a home that can be filled', async (context) => {
    lab.needs(context, 'namespaces')
    const full = await lab.exec('zk2', 'head -c 60m /dev/zero >big')
    expect(full.stderr).toContain('No space left')
    await lab.exec('zk2', 'rm big')
  })

  test('reach each other until the cable is cut, and again after it is healed', async (context) => {
    lab.needs(context, 'namespaces')
    const [, , third] = lab.hosts
    const reach = `timeout 2 bash -c ': </dev/tcp/${third?.address ?? ''}/22'`
    expect((await lab.exec('zk1', reach)).code).toBe(0)
    await lab.cut('zk3')
    expect((await lab.exec('zk1', reach)).code).not.toBe(0)
    expect(await answers(third?.address ?? '', 22)).toBe(false)
    expect((await lab.exec('zk3', 'echo still here')).stdout).toBe('still here\n')
    expect((await lab.lab('status')).stdout).toMatch(/^zk3 \S+ cut$/m)
    await lab.heal('zk3')
    expect((await lab.exec('zk1', reach)).code).toBe(0)
  })

  test('reboot: processes end, /tmp is empty, home, crontab and keys stay, @reboot lines run', async (context) => {
    lab.needs(context, 'namespaces')
    await lab.exec('zk1', 'crontab -', { input: '@reboot echo again >>$HOME/reboots\n' })
    const boot = await lab.exec(
      'zk1',
      'touch /tmp/mark; sleep 100 >/dev/null 2>&1 & cat /proc/sys/kernel/random/boot_id',
    )
    await lab.reboot('zk1')
    expect((await ssh(lab, 'zk1', 'ls /tmp; pgrep sleep -u dman')).stdout).toBe('')
    expect((await lab.exec('zk1', 'cat /proc/sys/kernel/random/boot_id')).stdout).not.toBe(boot.stdout)
    await expect.poll(async () => (await lab.exec('zk1', 'cat reboots')).stdout, { timeout: 5000 }).toBe('again\n')
  })

  test('can be off, and on again by up', async (context) => {
    lab.needs(context, 'namespaces')
    await lab.off('zk2')
    expect((await lab.lab('status')).stdout).toMatch(/^zk2 \S+ off$/m)
    expect((await lab.exec('zk2', 'true')).stderr).toContain('zk2 is off')
    await lab.lab('up')
    expect((await lab.lab('status')).stdout).toMatch(/^zk2 \S+ up$/m)
  })
})

describe.each<{ kind: Kind }>([{ kind: 'namespaces' }, { kind: 'loopback' }])(
  'two labs of the kind $kind',
  ({ kind }) => {
    const names = [labName(), labName()]
    let folder = ''
    let why = ''
    const status = async (name = '') =>
      (await labCommand('status', '--json', '--name', name)).json() as { hosts: TestLab['hosts']; ssh_config: string }

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'dman-labs-'))
      const ups = await Promise.all(
        names.map((name) =>
          labCommand('up', '2', '--name', name, '--kind', kind, '--inventory', path.join(folder, name)),
        ),
      )
      why = ups.map(({ stderr }) => stderr).find((text) => text.includes('no hosts of the kind')) ?? ''
      if (why === '')
        expect(ups.map(({ code, stderr }) => [code, stderr])).toEqual([
          [0, ''],
          [0, ''],
        ])
    })
    afterAll(async () => {
      await Promise.all(names.map((name) => labCommand('down', '--name', name)))
      await rm(folder, { recursive: true, force: true })
    })

    test('run side by side, and the going of one leaves nothing of it and the other alone', async (context) => {
      context.skip(why !== '', why)
      const [first, second] = await Promise.all(names.map(status))
      const state = path.dirname(first?.ssh_config ?? '')
      const net = (first?.hosts[0]?.address ?? '').replace(/\d+$/, '')
      expect(second?.hosts[0]?.address).not.toContain(net)
      const serving = 'cd && mkdir dman && cd dman && (sleep 300 >/dev/null 2>&1 </dev/null &) && mkdir .dman'
      expect(await labCommand('exec', '--name', names[0] ?? '', 'zk1', serving)).toMatchObject({ code: 0 })
      expect(traces(state, net).processes).not.toEqual([])

      expect(await labCommand('down', '--name', names[0] ?? '')).toMatchObject({ code: 0, stderr: '' })
      expect(traces(state, net)).toEqual(nothing)
      expect(readdirSync(folder)).toEqual([names[1]])
      expect(await labCommand('down', '--name', names[0] ?? '')).toMatchObject({ code: 0, stderr: '' })
      expect((await status(names[1])).hosts.map((host) => host.state)).toEqual(['up', 'up'])
    })
  },
)

describe('hosts of the kind loopback', () => {
  const lab = withLab({ hosts: 1, kind: 'loopback' })

  test.each(['cut', 'heal', 'off', 'reboot'])('say that they cannot %s', async (command) => {
    const refused = await labCommand(command, 'zk1', '--name', lab.name)
    expect(refused).toMatchObject({ code: 5 })
    expect(refused.stderr).toContain('cannot be cut')
  })
})
