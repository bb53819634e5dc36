import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { errors } from './faults-kit.ts'
import { type TestLab, withLab } from './lab/lab.ts'
import { runCommand } from './lab/run.ts'
import { expectUnseen, secretsOf } from './secret-search.ts'
import { ended, listening, onAll, statusOf } from './up-look.ts'

/** Asks that member `srvr`, which it notes in its log; resolves with the address it was asked from, as the log has it. */
const askSrvr = (host: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port: 2180 }, () => {
      const { localAddress, localPort } = socket
      socket.on('close', () => resolve(`from /${localAddress ?? ''}:${localPort ?? ''}`))
      socket.end('srvr')
      socket.resume()
    })
    socket.on('error', reject)
  })

/** What the script that reads logs consists of, on each host; what else runs there, servers and their supervisors, has other arguments. */
const strays = (lab: TestLab) =>
  onAll(
    lab,
    `for p in /proc/[0-9]*; do [ -O "$p" ] && [ "$p/cwd" -ef dman ] && tr '\\0' ' ' <"$p/cmdline" |
      grep -E '^(/bin/)?sh -s|^(cat|tail|awk) |^sleep 0'; done 2>/dev/null; :`,
  )

describe('logs, bundles and metrics', () => {
  const lab = withLab()
  const address = (name: string) => lab.hosts.find((host) => host.name === name)?.address ?? ''

  test('metrics are served on each member’s own address, and nothing listens on all; without their jars they are refused', async () => {
    const { stdout } = await lab.lab('archives')
    const older = /^zookeeper 3\.8\.\d+ (.*)$/m.exec(stdout)?.[1] ?? ''
    const without = await lab.edit((inventory) => {
      inventory.setIn(['ports', 'metrics'], 7000)
      inventory.setIn(['zookeeper', 'archive'], older)
    })
    expect(errors(await lab.run('up', without), 3)).toMatchObject([
      { got: expect.stringContaining('lacks the jars') as string, hint: expect.stringContaining('Apache') as string },
    ])
    await onAll(lab, '[ ! -e dman ]')

    const metered = await lab.edit((inventory) => inventory.setIn(['ports', 'metrics'], 7000))
    ended(await lab.run('up', metered), 0)
    for (const { name, address } of lab.hosts) {
      const scraped = await (await fetch(`http://${address}:7000/metrics`)).text()
      expect(scraped).toMatch(/^znode_count \d/m)
      const open = await listening(lab, name)
      expect(open).toEqual(expect.arrayContaining([`${address}:7000`, `${address}:2180`]))
      // a host of the kind loopback has the whole machine's sockets
      if (lab.kind === 'namespaces') expect(open.filter((socket) => socket.startsWith('*:'))).toEqual(['*:22'])
    }
    expect(ended(await lab.run('up', metered), 0).stderr).toContain('nothing to do')
  })

  test('all members side by side, by time, or those that were asked for; from a time on', async () => {
    const asked = await Promise.all(lab.hosts.map(({ address }) => askSrvr(address)))
    const all = ended(await lab.run('logs', lab.inventory, '--since', '10m'), 0)
    const lines = all.stdout.trimEnd().split('\n')
    expect(all.stdout).not.toMatch(/\u001b/)
    expect(new Set(lines.map((line) => line.slice(0, 4)))).toEqual(new Set(['zk1 ', 'zk2 ', 'zk3 ']))
    const times = lines.flatMap((line) => /^\S+ (\d{4}-\S+Z) /.exec(line)?.[1] ?? [])
    expect(times.length).toBeGreaterThan(100)
    // A server's own threads are some milliseconds out of order, and its lines stay as it wrote them.
    const ms = times.map((time) => Date.parse(time))
    expect(Math.max(...ms.map((at, n) => Math.max(...ms.slice(0, n)) - at))).toBeLessThan(500)
    for (const from of asked) expect(lines.filter((line) => line.endsWith(from))).toHaveLength(1)

    const one = ended(await lab.run('logs', lab.inventory, '--hosts', 'zk2', '--lines', '5', '--json'), 0).events()
    expect(one.filter(({ is }) => is === 'entry').map(({ host }) => host)).toEqual(Array(5).fill('zk2'))
    await sleep(1100)
    const now = new Date().toISOString()
    expect(ended(await lab.run('logs', lab.inventory, '--since', now), 0).stdout).toBe('')
    expect((await lab.run('logs', lab.inventory, '--since', 'soon')).code).toBe(3)
  })

  test('--follow goes on over rolls of the file; Ctrl-C ends it at once and leaves nothing running', async () => {
    // Small files, so that they roll often: the release is the lab's own, and put right by the next up.
    const settings = 's/10MB/3KB/; s#</maxFileSize>#&<checkIncrement>50 milliseconds</checkIncrement>#'
    const changed = await lab.exec(
      'zk1',
      `set -e; cd dman; chmod u+w current/ current/logback.xml; sed -i '${settings}' current/logback.xml; rm -f log/zookeeper.log.*
       sh bin/stop; sh bin/start`,
    )
    expect(changed.code, changed.stderr).toBe(0)
    await expect.poll(() => askSrvr(address('zk1')).then(Boolean, () => false), { timeout: 30_000 }).toBe(true)
    const following = lab.start('logs', lab.inventory, '--follow', '--lines', '1')
    await following.until(/^zk3 /m)
    expect(await strays(lab)).not.toContain('')
    const asked: string[] = []
    for (let n = 0; n < 30; n++) {
      asked.push(...(await Promise.all(Array.from({ length: 10 }, () => askSrvr(address('zk1'))))))
      await sleep(60)
    }
    const last = await askSrvr(address('zk2'))
    await following.until(new RegExp(`^zk2 .*${last}$`, 'm'))
    await following.until(new RegExp(`${asked.at(-1) ?? ''}$`, 'm'))
    const begun = performance.now()
    following.kill('SIGINT')
    const outcome = await following.done
    expect(performance.now() - begun).toBeLessThan(2000)
    ended(outcome, 0)
    const { stdout: rolled } = await lab.exec('zk1', 'ls dman/log')
    expect(rolled).toContain('zookeeper.log.10\n')
    expect(rolled.match(/^zookeeper\.log/gm)).toHaveLength(11)
    const seen = outcome.stdout.split('\n').filter((line) => line.includes('Processing srvr'))
    for (const from of asked)
      expect(
        seen.filter((line) => line.endsWith(from)),
        from,
      ).toHaveLength(1)
    await expect.poll(() => strays(lab), { timeout: 5000 }).toEqual(['', '', ''])
  })

  /** names and texts of a bundle */
  const unpacked = async (file: string): Promise<Map<string, string>> => {
    const folder = await mkdtemp(path.join(lab.folder, 'bundle-'))
    expect((await runCommand(['tar', '-xzf', file, '-C', folder, '--strip-components=1'])).code).toBe(0)
    const names = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = names.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
    return new Map(
      await Promise.all(
        files.map(async (name) => [path.relative(folder, name), await readFile(name, 'utf8')] as const),
      ),
    )
  }

  test('a bundle tells somebody who was not there everything but secrets; bounded, for its owner only', async () => {
    const secrets = await secretsOf(lab)
    // what somebody pasted where it does not belong
    await lab.exec(
      'zk1',
      `printf '%s\\n' 'oops: ${secrets['password of super'] ?? ''}' '${secrets['key of CA'] ?? ''}' x.password=abc >dman/log/pasted.log`,
    )
    await lab.exec('zk2', 'yes "a long line of a flood" | head -c 20000000 >dman/log/other.log')
    const out = path.join(lab.folder, 'report.tar.gz')
    const told = ended(await lab.run('bundle', lab.inventory, '--out', out), 0)
    expect(told.stdout).toContain(out)
    expect(((await stat(out)).mode & 0o777).toString(8)).toBe('600')
    expect((await stat(out)).size).toBeLessThan(3e6)
    const files = await unpacked(out)
    const parts = ['facts.json', 'current/zoo.cfg', 'log/zookeeper.log', 'data/zoo.cfg', 'listing.txt', 'machine.txt']
    expect([...files.keys()]).toEqual(
      expect.arrayContaining([
        ...['status.json', 'plan.json', 'versions.json', 'inventory.json', 'audit.jsonl'],
        ...lab.hosts.flatMap(({ name }) => parts.map((part) => `hosts/${name}/${part}`)),
      ]),
    )
    expect(JSON.parse(files.get('status.json') ?? '')).toMatchObject({ healthy: true })
    expect(JSON.parse(files.get('plan.json') ?? '')).toMatchObject({ version: 1 })
    expect(files.get('hosts/zk1/data/zoo.cfg')).toContain('superDigest=‹secret›')
    expect(files.get('hosts/zk1/log/pasted.log')).toBe('oops: ‹secret›\n‹secret›\nx.password=‹secret›\n')
    expectUnseen(secrets, Object.fromEntries(files))
    expect(errors(await lab.run('bundle', lab.inventory, '--out', out), 3)).toMatchObject([
      { got: 'it is there already' },
    ])
    await lab.exec('zk2', 'rm dman/log/other.log')
    await lab.exec('zk1', 'rm dman/log/pasted.log')
  })

  test('without secrets at hand, and with a host out of reach, a bundle says so inside', async (context) => {
    lab.needs(context, 'namespaces')
    const secrets = await secretsOf(lab)
    const elsewhere = await mkdtemp(path.join(lab.folder, 'elsewhere-'))
    const inventory = await lab.edit(() => undefined, { folder: elsewhere })
    await lab.cut('zk2')
    const out = path.join(elsewhere, 'report.tar.gz')
    expect(
      errors(await lab.run('bundle', inventory, '--out', out, '--timeout', '20'), 4).map(({ host }) => host),
    ).toEqual(['zk2'])
    await lab.heal('zk2')
    const files = await unpacked(out)
    expect(files.get('hosts/zk2/unreachable.json')).toMatch(/"exit": 4/)
    expect(files.get('hosts/zk1/log/zookeeper.log')).toMatch(/Processing srvr/)
    expect(files.get('hosts/zk1/current/zoo.cfg')).toContain('superDigest=‹secret›')
    expectUnseen(secrets, Object.fromEntries(files))
    await expect.poll(async () => (await statusOf(lab, 0)).healthy, { timeout: 60_000 }).toBe(true)
  })

  test('a bundle is made whatever secrets.json is; what it says of it is inside', async () => {
    const secrets = await secretsOf(lab)
    const elsewhere = await mkdtemp(path.join(lab.folder, 'elsewhere-'))
    const inventory = await lab.edit(() => undefined, { folder: elsewhere })
    const file = path.join(elsewhere, '.dman', lab.name, 'secrets.json')
    await mkdir(path.dirname(file), { recursive: true })
    for (const [at, text] of ['{"format":1, "broken', '{}', '{"format":2}'].entries()) {
      await writeFile(file, text, { mode: 0o600 })
      const out = path.join(elsewhere, `${at}.tar.gz`)
      ended(await lab.run('bundle', inventory, '--out', out), 0)
      const files = await unpacked(out)
      expect(files.get('plan.json')).toMatch(/secrets.json/)
      expect(JSON.parse(files.get('status.json') ?? '')).toMatchObject({ healthy: true })
      expectUnseen(secrets, Object.fromEntries(files))
    }
  })

  test('a host out of reach is said at once, and the others’ logs are shown; also when it is lost while they are followed', async (context) => {
    lab.needs(context, 'namespaces')
    const following = lab.start('logs', lab.inventory, '--follow', '--lines', '1')
    await following.until(/^zk3 /m)
    await lab.cut('zk3')
    const out = await lab.run('logs', lab.inventory, '--timeout', '20', '--lines', '2')
    expect(errors(out, 4).map(({ host }) => host)).toEqual(['zk3'])
    expect(new Set(out.stdout.match(/^zk\d/gm))).toEqual(new Set(['zk1', 'zk2']))
    await following.until(/zk3: warn: /)
    const from = await askSrvr(address('zk2'))
    await following.until(new RegExp(`^zk2 .*${from}$`, 'm'))
    following.kill('SIGINT')
    expect(errors(await following.done, 4).map(({ host }) => host)).toEqual(['zk3'])
    await lab.heal('zk3')
    await expect.poll(async () => (await statusOf(lab, 0)).healthy, { timeout: 60_000 }).toBe(true)
  })
})
