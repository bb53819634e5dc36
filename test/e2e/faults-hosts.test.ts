import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { javaEntries, tarball } from './archives-server.ts'
import {
  broken,
  changesNothing,
  errors,
  filterOf,
  findings,
  gots,
  hasState,
  shellOf,
  type Told,
  whyNoFilter,
} from './faults-kit.ts'
import { withLab } from './lab/lab.ts'
import { runCommand } from './lab/run.ts'
import { listenAt } from './listener.ts'
import { ended } from './up-look.ts'

// Hosts on which nothing was founded yet: what stands in the way is told by `check` and refused by `up`, and nothing is changed anywhere.
const lab = withLab({ homeSize: '400m' })

const at = (name: string) => path.join(lab.folder, name)
const address = (name: string) => lab.hosts.find((host) => host.name === name)?.address ?? ''
const [root, dman] = [shellOf(lab, { root: true }), shellOf(lab)]
const set = (values: Readonly<Record<string, unknown>>) =>
  lab.edit((inventory) => {
    for (const [key, value] of Object.entries(values)) inventory.setIn(key.split('.'), value)
  })

/** `up` ends with that code and changes nothing, here or there. */
async function refused(code: number, inventory = lab.inventory, ...options: string[]): Promise<readonly Told[]> {
  const told = await changesNothing(lab, async () => errors(await lab.run('up', inventory, ...options), code))
  expect(await hasState(lab.folder)).toBe(false)
  return told
}

/** What `check` finds wrong; `up` refuses with the same words on the same hosts. */
async function both(code: number, inventory = lab.inventory) {
  const wrong = await findings(lab, code, inventory)
  const refusals = wrong.filter(({ level }) => level === 'refusal')
  expect(gots(await refused(code, inventory))).toEqual(refusals.map(({ host, got }) => `${host}: ${got}`))
  return wrong.map(({ host, question, got }) => `${host} ${question}: ${got}`)
}

describe('logins', () => {
  const sshdLog = (host: string) => root(host, 'cat /var/log/sshd')
  const knownHosts = async () => {
    const text = await readFile(path.join(path.dirname(lab.sshConfig), 'known_hosts'), 'utf8')
    return text.split('\n').filter(Boolean)
  }
  const key = async (name: string) => {
    await runCommand(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', at(name)])
    return readFile(at(`${name}.pub`), 'utf8')
  }
  const fingerprint = async (line: string) =>
    (await runCommand(['ssh-keygen', '-lf', '-'], { input: line })).stdout.split(' ')[1] ?? '-'

  test('case 2: refused: exit 4, with what was tried; one attempt a method', async (context) => {
    lab.needs(context, 'namespaces')
    await key('other')
    const before = await sshdLog('zk1')
    const told = await refused(4, await set({ 'ssh.identity': './other' }))
    expect(told.map(({ host }) => host).sort()).toEqual(['zk1', 'zk2', 'zk3'])
    for (const { host, step, got, hint } of told) {
      expect(step).toContain(`dman@${address(host)}`)
      expect(got).toMatch(/^login refused.*: tried publickey .*other.*; the server takes .*publickey/)
      expect(hint).toContain(`ssh-copy-id -p 22 dman@${address(host)}`)
    }
    const attempts = (await sshdLog('zk1')).slice(before.length).split('\n')
    expect(attempts.filter((line) => /Failed|Connection (closed|reset)/.test(line)).length).toBeLessThanOrEqual(2)
  })

  test('case 3: a changed host key: exit 4, both fingerprints, and no login is attempted', async (context) => {
    lab.needs(context, 'namespaces')
    const lines = await knownHosts()
    const others = lines.filter((line) => !line.includes(address('zk2')))
    const fake = `${address('zk2')} ${await key('fake')}`
    await writeFile(at('known'), `${others.join('\n')}\n${fake}`)
    const before = await sshdLog('zk2')
    const inventory = await set({ 'ssh.known_hosts': './known' })
    const real = lines.find((line) => line.startsWith(`${address('zk2')} ssh-ed25519`)) ?? ''
    for (const options of [[], ['--accept-new-host-keys']]) {
      const told = await refused(4, inventory, ...options)
      expect(told.map(({ host }) => host)).toEqual(['zk2'])
      expect(told[0]?.got).toContain(await fingerprint(fake))
      expect(told[0]?.got).toContain(await fingerprint(real))
      expect(told[0]?.hint).toContain(`ssh-keygen -R '${address('zk2')}' -f ${at('known')}`)
    }
    expect((await sshdLog('zk2')).slice(before.length)).not.toMatch(/Accepted|Failed|authenticating/)
    expect(await readFile(at('known'), 'utf8')).toContain(fake)
  })

  test('case 4: unknown host keys: exit 4 with each fingerprint; --accept-new-host-keys records them', async () => {
    await writeFile(at('empty'), '')
    const inventory = await set({ 'ssh.known_hosts': './empty' })
    const told = await refused(4, inventory)
    expect(told.map(({ host }) => host).sort()).toEqual(['zk1', 'zk2', 'zk3'])
    const keys = await knownHosts()
    for (const { host, got, hint } of told) {
      const own = keys.filter((line) => line.split(' ')[0]?.includes(address(host)))
      const prints = await Promise.all(own.map(fingerprint))
      expect(
        prints.some((one) => got.includes(one)),
        got,
      ).toBe(true)
      expect(hint).toContain('--accept-new-host-keys')
    }
    expect(await readFile(at('empty'), 'utf8')).toBe('')
    ended(await lab.run('check', inventory, '--accept-new-host-keys'), 0)
    const recorded = (await readFile(at('empty'), 'utf8')).split('\n').filter(Boolean)
    expect(recorded).toHaveLength(3)
    for (const line of recorded) expect(keys).toContain(line)
    ended(await lab.run('check', inventory), 0)
  })
})

describe('machines', () => {
  beforeEach((context) => lab.needs(context, 'namespaces'))

  test('case 8: not enough disk: how much there is and how much is needed', async () => {
    await broken(dman, 'zk2', 'head -c 250m /dev/zero >filler', 'rm filler')
    const told = await both(1)
    expect(told).toEqual([expect.stringMatching(/^zk2 disk: 1\d\d MiB free.*, \d{3} MiB needed/)])
    const [free = 0, needed = 0] = [...(told[0] ?? '').matchAll(/(\d+) MiB/g)].map(([, number]) => Number(number))
    expect(free).toBeLessThan(needed)
  })

  test('case 8: not enough inodes', async () => {
    await broken(root, 'zk3', 'mount -o remount,nr_inodes=500 /home/dman', 'mount -o remount,nr_inodes=0 /home/dman')
    expect(await both(1)).toEqual([expect.stringMatching(/^zk3 inodes: 4\d\d free, \d+ needed/)])
  })

  test('case 9: a home that is mounted noexec', async () => {
    await broken(root, 'zk1', 'mount -o remount,bind,noexec /home/dman', 'mount -o remount,bind,exec /home/dman')
    expect(await both(1)).toEqual(['zk1 exec: /home/dman is mounted noexec: Java cannot run there'])
  })

  test('a home that cannot be written: told of that host, and nothing is left on the others', async () => {
    await broken(root, 'zk3', 'mount -o remount,bind,ro /home/dman', 'mount -o remount,bind,rw /home/dman')
    const told = errors(await lab.run('up', lab.inventory), 1)
    expect(told.map(({ host }) => host)).toEqual(['zk3'])
    expect(told[0]?.got).toMatch(/is mounted read-only/)
    expect(told[0]?.hint).toMatch(/dmesg/)
    for (const { name } of lab.hosts) expect(await dman(name, 'ls')).toBe('')
    expect(await hasState(lab.folder)).toBe(false)
  })

  test('case 13: a clock that is minutes ahead: whose and by how much, and it is no reason to stop', async () => {
    const ahead = "awk '/^btime / { $2 += 300 } { print }' /proc/stat >/run/stat && mount --bind /run/stat /proc/stat"
    await broken(root, 'zk2', ahead, 'umount /proc/stat')
    const wrong = await findings(lab, 0)
    expect(wrong.map(({ host, question, level }) => `${host} ${question} ${level}`)).toEqual(['zk2 clock warning'])
    expect(wrong[0]?.got).toMatch(/^(29\d|30\d) s ahead of (zk1|zk3|this machine)$/)
    expect(wrong[0]?.hint).toContain('have the clock set')
    ended(await lab.run('up', lab.inventory, '--dry-run'), 0)
  })

  test('case 14: two entries that are one home by two addresses of one machine', async () => {
    const second = address('zk1').replace(/\d+$/, '99')
    await broken(root, 'zk1', `ip address add ${second}/24 dev eth0`, `ip address del ${second}/24 dev eth0`)
    const lines = await readFile(path.join(path.dirname(lab.sshConfig), 'known_hosts'), 'utf8')
    await writeFile(at('known'), lines + lines.replaceAll(address('zk1'), second))
    const inventory = await set({ 'ssh.known_hosts': './known', 'hosts.zk2.ssh.host': second })
    const told = await both(1, inventory)
    expect(told.filter((line) => / machine: /.test(line))).toEqual([
      'zk1 machine: is one home on one machine with zk2',
      'zk2 machine: is one home on one machine with zk1',
    ])
  })

  test('case 15: a port that another process has: whose it is, where that can be seen', async () => {
    const listen = (where: string, port: number) => `${listenAt(where, port)} | tee /tmp/listener`
    const mend = 'kill $(cat /tmp/listener) && rm /tmp/listener'
    const { said: seen } = await broken(dman, 'zk1', listen(address('zk1'), 2180), mend)
    await broken(root, 'zk2', listen('0.0.0.0', 3889), mend)
    // of no consequence: another address
    await broken(dman, 'zk3', listen('127.0.0.1', 2889), mend)
    const told = await both(1)
    expect(told).toEqual([
      `zk1 ports: client port 2180 is taken on ${address('zk1')} by perl (pid ${seen}, uid 21800)`,
      'zk2 ports: election port 3889 is taken on 0.0.0.0 by a process that this user may not see',
    ])
  })

  test('case 16: ports that are blocked between two hosts are named pair by pair', async () => {
    const route = (what: string) => `ip route ${what} unreachable ${address('zk3')}`
    await broken(root, 'zk1', route('add'), route('del'))
    const wrong = await findings(lab, 1)
    const blocked = (to: string) =>
      ['peer port 2889', 'election port 3889'].map((port) => `${port} of ${to} (${address(to)}) is blocked: `)
    const told = wrong.map(({ host, question, got }) => `${host} ${question}: ${got}`).sort()
    const expected = [
      ...blocked('zk3').map((got) => `zk1 reach: ${got}`),
      ...blocked('zk1').map((got) => `zk3 reach: ${got}`),
    ]
    expect(told.map((line) => line.replace(/(blocked: ).*/, '$1'))).toEqual(expected.sort())
    for (const { level } of wrong) expect(level).toBe('refusal')
  })

  test('case 16: one port alone, dropped by a firewall', async (context) => {
    const why = await whyNoFilter(lab)
    context.skip(why !== undefined, why)
    const filter = filterOf(3889, 'drop')
    await broken(root, 'zk2', filter.set, filter.undo)
    const told = (await findings(lab, 1)).map(({ host, got }) => `${host}: ${got}`)
    expect(told).toEqual(
      ['zk1', 'zk3'].map(
        (from) => `${from}: election port 3889 of zk2 (${address('zk2')}) is blocked: timed out: no answer`,
      ),
    )
  })

  test('case 17: a runtime for another processor, or for a newer libc', async () => {
    const java = async (name: string, change: (elf: Buffer) => void) => {
      const entries = javaEntries.map((entry) => ({ ...entry }))
      const elf = Buffer.from((entries[2] as { text: Buffer }).text)
      change(elf)
      await writeFile(
        at(name),
        await tarball([...entries.slice(0, 2), { ...javaEntries[2], name: 'jre/bin/java', text: elf }]),
      )
      return set({ 'java.archive': `./${name}` })
    }
    const arm = await java('arm.tar.gz', (elf) => elf.writeUInt16LE(183, 18))
    const machine = await dman('zk1', 'uname -m')
    const each = (words: string) => ['zk1', 'zk2', 'zk3'].map((host) => `${host} ${words}`)
    expect(await both(1, arm)).toEqual(each(`platform: ${machine}, but the Java archive is for aarch64`))
    const newer = await java('newer.tar.gz', (elf) => elf.write('GLIBC_2.99\0', 150_000))
    const told = await both(1, newer)
    expect(told.map((line) => line.replace(/glibc [\d.]+,/, 'glibc,'))).toEqual(
      each('libc: glibc, but the Java archive wants 2.99'),
    )
  })

  test('case 18: data that is another’s, or nobody knows whose: exit 5, and it stays', async () => {
    const stamp = (ensemble: string, host: string, id: number) =>
      `printf 'format: 1\\nensemble: ${ensemble}\\nfounding: 123\\nhost: ${host}\\nid: ${id}\\n' >dman/data/stamp`
    const put = (host: string, data: string) =>
      broken(dman, host, `umask 077; mkdir -p dman/data/version-2; ${data}`, 'rm -r dman')
    await put('zk1', 'echo x >dman/data/version-2/snapshot.0')
    await put('zk2', stamp('elsewhere', 'zk2', 2))
    await put('zk3', stamp(lab.name, 'zk3', 7))
    const told = await refused(5)
    expect(gots(told).slice(0, 3)).toEqual([
      'zk1: data/ holds something, and no stamp of ours',
      'zk2: its data is of the ensemble elsewhere',
      'zk3: its data is that of zk3 with id 7',
    ])
    for (const { host, hint } of told.slice(0, 3)) expect(hint).toContain(`~/dman/data on ${host}`)
    expect((await findings(lab, 5)).map(({ host, question }) => `${host} ${question}`)).toEqual([
      'zk1 data',
      'zk2 data',
      'zk3 data',
    ])
    await changesNothing(lab, async () => {
      const removal = errors(await lab.run('destroy', lab.inventory, '--data', '--yes'), 5)
      expect(removal.map(({ host }) => host)).toEqual(['zk1', 'zk2', 'zk3'])
      errors(await lab.run('stop', lab.inventory), 5)
      errors(await lab.run('start', lab.inventory), 5)
    })
  })

  test('case 36: crontab forbidden, not readable, or no crond: what follows from it is said, and it is no reason to stop', async () => {
    await broken(root, 'zk1', 'touch /etc/cron.allow', 'rm /etc/cron.allow')
    const crontabs = '/var/spool/cron/crontabs'
    await broken(root, 'zk2', `chmod 0700 ${crontabs}`, `chmod 1730 ${crontabs}`)
    await broken(root, 'zk3', 'kill $(cat /run/crond.pid)', 'cron')
    const wrong = await findings(lab, 0)
    expect(wrong.map(({ host, question, level }) => `${host} ${question} ${level}`)).toEqual(
      ['zk1', 'zk2', 'zk3'].map((host) => `${host} cron warning`),
    )
    for (const { hint } of wrong) expect(hint).toMatch(/after a reboot the member stays down/)
    expect(wrong[0]?.got).toMatch(/may not use crontab/)
    expect(wrong[1]?.got).toMatch(/^the crontab cannot be read: .*denied/)
    expect(wrong[2]?.got).toMatch(/crond does not run/)
    ended(await lab.run('up', lab.inventory, '--dry-run'), 0)
  })

  test('once all of it is mended nothing is found', async () => {
    expect(await findings(lab, 0)).toEqual([])
  })
})
