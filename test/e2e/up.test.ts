import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { broken, shellOf } from './faults-kit.ts'
import { kazoo, readBy } from './kazoo.ts'
import { type TestLab, withLab } from './lab/lab.ts'
import { runCommand } from './lab/run.ts'
import { expectHidden, expectUnseen, keysOf, secretsOf, watchProcesses } from './secret-search.ts'
import { auditOf, butCron, ended, homes, hostFiles, listening, onAll, server, servers, statusOf } from './up-look.ts'

const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
/** by path below the folder */
const files: Record<string, string | Buffer> = {
  'a b': 'a space in the name',
  'ü/日本語': 'names and bytes in UTF-8: ü\n',
  astral: '😀 in the bytes',
  empty: '',
  binary: every,
  large: Buffer.alloc(200_000, every),
  'it\'s $HOME `id` \\ "': 'not a shell',
  'folder/.znode': 'what the folder itself holds',
  'folder/deep/er/still': 'x',
  'kept/.gitkeep': 'not seen',
  '.hidden': 'a file as any other',
  '-rf': 'not an option',
}
/** the znodes that these are */
const znodes: Record<string, string | Buffer> = {
  '': '',
  ...Object.fromEntries(
    Object.entries(files)
      .filter(([name]) => !/\.znode|\.gitkeep/.test(name))
      .map(([name, bytes]) => [`/${name}`, bytes]),
  ),
  '/ü': '',
  '/folder': 'what the folder itself holds',
  '/folder/deep': '',
  '/folder/deep/er': '',
  '/kept': '',
}

const isCrontab = (line: string): boolean => /^\/var\/spool\/cron\/crontabs(\/dman)? /.test(line)

describe('up on three bare hosts whose login has the umask 000 and prints a banner', () => {
  const lab = withLab()
  const bare: { files: string[][]; isOdd: boolean } = { files: [], isOdd: false }
  const seen = { processes: '' }

  const everything = async () =>
    lab.kind === 'namespaces' ? hostFiles(lab) : (await homes(lab, '~')).map((one) => [one])

  beforeAll(async () => {
    const folder = path.join(lab.folder, 'odd')
    for (const [name, bytes] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
      await writeFile(path.join(folder, name), bytes)
    }
    await lab.edit((inventory) => inventory.setIn(['trees', 'app', 'from'], './odd'), { name: 'inventory.yml' })
    const rc = `{ echo 'umask 000; echo A banner; echo of two lines >&2'; [ ! -e .bashrc ] || cat .bashrc; } >rc; mv rc .bashrc`
    await onAll(lab, rc)
    const told = await runCommand(['ssh', '-F', lab.sshConfig, 'zk1', 'umask'])
    bare.isOdd = told.stdout === 'A banner\n0000\n'
    // A login of the kind loopback is a script of the lab's own, and its shell may not read this.
    if (lab.kind === 'namespaces') expect(told.stdout).toBe('A banner\n0000\n')
    bare.files = await everything()
  })

  test('check finds them ready, plan shows what is to come, and neither changes anything, nor does a dry run', async () => {
    expect(ended(await lab.run('check', lab.inventory), 0).stdout).toMatch(/^\S+: ready/m)
    const plan = ended(await lab.run('plan', lab.inventory, '--detailed-exitcode'), 2)
    expect(plan.stdout).toContain('upload and unpack zookeeper-')
    expect(plan.stdout).toMatch(/1\. found zk1, zk2, zk3/)
    expect(plan.stdout).toMatch(/app.*known once it serves/)
    // passwords and certificates are made up by each of the two, and conf releases are named by what they hold
    const unnamed = (text: string) =>
      text.replaceAll(/conf-[0-9a-f]{12}|(?:trusts|issuer|expires|sha256 of this): .*/g, 'made up')
    expect(unnamed(ended(await lab.run('up', lab.inventory, '--dry-run'), 0).stdout)).toBe(unnamed(plan.stdout))
    expect(await everything()).toEqual(bare.files)
    await expect(stat(path.join(lab.folder, '.dman'))).rejects.toThrow('ENOENT')
  })

  test('case 30: a name that ZooKeeper would refuse is named with its file, and nothing is begun', async () => {
    const odd = path.join(lab.folder, 'odd/ü/😀')
    await writeFile(odd, '')
    const up = ended(await lab.run('up', lab.inventory), 3)
    expect(up.stderr).toContain(`${odd}: the character U+1F600 in a name`)
    await rm(odd)
    expect(await everything()).toEqual(bare.files)
  })

  test('founds, serves and seeds from nothing: exit 0, healthy', async () => {
    const watching = await watchProcesses()
    const up = ended(await lab.run('up', lab.inventory, '--verbose'), 0)
    expect(up.stdout).toMatch(/^\S+: healthy, 3 of 3 members serve, zk\d leads$/m)
    seen.processes = await watching.end()
  })

  test('no secret is in what was printed or in a file for others; on a host it is in zoo.cfg alone, and its own key in member.pem', async () => {
    const conf = '/dman/releases/conf'
    for (const [name, files] of await expectHidden(lab)) {
      const named = files.map((file) =>
        file.replaceAll(/^.*(?=\/dman\/(?:data|releases)\/)|(?<=conf)-[0-9a-f]{12}/g, ''),
      )
      expect(named.sort()).toEqual(['/dman/data/zoo.cfg', `${conf}/member.pem`, `${conf}/zoo.cfg`])
      const filesWith = async (keys: string[]) =>
        (await lab.exec(name, `grep -laFf - ${files.join(' ')} || true`, { input: keys.join('\n') })).stdout
      const { [name]: own = '', ...others } = await keysOf(lab)
      expect(await filesWith([own])).toMatch(/^\S*\/member\.pem\n$/)
      expect(Object.keys(others)).toHaveLength(lab.hosts.length)
      expect(await filesWith(Object.values(others))).toBe('')
    }
  })

  test('no secret was ever in an argument list or an environment, here or on a host', async () => {
    expect(seen.processes).toContain(` up ${lab.inventory} --verbose`)
    expect(seen.processes).toContain('QuorumPeerMain')
    expectUnseen(await secretsOf(lab), { 'a process': seen.processes })
  })

  test.for([
    { major: '3', version: '2.11.0' },
    { major: '2', version: '2.8.0' },
  ] as const)('the bytes are read back by kazoo $version under Python $major', async ({ major, version }, context) => {
    const reader = await kazoo(major, version)
    if ('why' in reader) return context.skip(reader.why)
    const seen = await readBy(reader, server(lab, 'zk2'), '/dman/config')
    const wanted = new Map(Object.entries(znodes).map(([name, bytes]) => [`/dman/config${name}`, Buffer.from(bytes)]))
    expect([...seen.keys()].sort()).toEqual([...wanted.keys()].sort())
    for (const [name, bytes] of wanted) expect(seen.get(name)?.data.equals(bytes), name).toBe(true)
  })

  test('case 12: below ~/dman all is for its owner alone, with the login’s umask 000', async (context) => {
    if (!bare.isOdd)
      return context.skip('hosts of the kind loopback cannot do this: the login’s shell reads no .bashrc')
    const modes = await onAll(lab, "find dman ! -type l -printf '%y %m\\n' | sort -u")
    for (const text of modes) expect(text).toBe('d 700\nf 600\nf 700\n')
  })

  test('outside ~/dman nothing is new or changed but our lines in the crontab', async (context) => {
    lab.needs(context, 'namespaces')
    const after = await everything()
    after.forEach((now, index) => {
      const before = new Set(bare.files[index])
      const fresh = now.filter((line) => !before.has(line) && !isCrontab(line))
      expect(fresh.filter((line) => !/^\/home\/dman\/dman(\/|$)/.test(line))).toEqual([])
      expect(fresh.length).toBeGreaterThan(100)
      expect([...before].filter((line) => !now.includes(line) && !isCrontab(line))).toEqual([])
    })
    const lines = (await onAll(lab, 'crontab -l')).flatMap((text) => text.trimEnd().split('\n'))
    expect(lines).toHaveLength(6)
    for (const line of lines) expect(line).toMatch(/ # dman-bootstrap format: 1 \/home\/dman\/dman$/)
  })

  test('only sshd’s port and ZooKeeper’s listen, the latter on the member’s address alone', async (context) => {
    lab.needs(context, 'namespaces')
    const { leader } = await statusOf(lab, 0)
    for (const { name, address } of lab.hosts) {
      const ports = [2180, 3889, ...(name === leader ? [2889] : [])]
      expect(await listening(lab, name)).toEqual(['*:22', ...ports.map((port) => `${address}:${port}`)].sort())
    }
  })

  test('up again changes nothing: no lock, no file, no restart, no znode, no line in the audit file', async () => {
    const look = async () => ({
      homes: await homes(lab),
      servers: await servers(lab),
      audit: await auditOf(lab),
      state: (await runCommand(['find', '.dman', '-printf', '%p %m %T@ %C@ %i %s\n'], { cwd: lab.folder })).stdout,
      znodes: await znodesOf(lab),
    })
    const before = await look()
    const again = ended(await lab.run('up', lab.inventory), 0)
    expect(again.stderr).toMatch(/nothing to do/)
    expect(again.stdout).toMatch(/^\S+: healthy/)
    expect(ended(await lab.run('plan', lab.inventory, '--detailed-exitcode'), 0).stdout).toMatch(/nothing to do/)
    expect(ended(await lab.run('seed', lab.inventory), 0).stdout).toMatch(/nothing to do/)
    const lines = ended(await lab.run('up', lab.inventory, '--json'), 0).events()
    expect(lines.map(({ task, is }) => `${String(task)} ${String(is)}`)).toEqual(['plan plan', 'plan log', 'up result'])
    expect(await look()).toEqual(before)
  })

  test('status, plan and check print one JSON document of the shape that was promised', async () => {
    const status = await statusOf(lab, 0)
    const member = ({ name, id, address }: TestLab['hosts'][number]) => ({
      host: name,
      id,
      address,
      role: 'participant',
      state: status.leader === name ? 'leader' : 'follower',
      version: expect.stringMatching(/^3\.\d+\.\d+$/) as string,
      zxid: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      connections: expect.any(Number) as number,
      uptime_s: expect.any(Number) as number,
      problems: [],
    })
    const tree = { name: 'app', path: '/dman/config', generation: 1 }
    const applied = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/) as string
    const members = status.members.map((one) => ({ ...one, problems: butCron(lab, one.problems) }))
    expect({ ...status, members }).toEqual({
      ensemble: lab.name,
      quorum: true,
      healthy: true,
      leader: expect.stringMatching(/^zk[123]$/) as string,
      members: lab.hosts.map(member),
      trees: [{ ...tree, applied_at: applied, drift: null }],
    })
    expect((await statusOf(lab, 0, '--drift')).trees).toEqual([{ ...tree, applied_at: applied, drift: false }])
    const plan = ended(await lab.run('plan', lab.inventory, '--json'), 0).json()
    expect(plan).toEqual({ version: 1, ensemble: lab.name, changes: [], steps: [], restarts: [] })
    const check = ended(await lab.run('check', lab.inventory, '--json'), 0).json() as { findings: { host: string }[] }
    expect(check).toMatchObject({ ensemble: lab.name, ok: true })
    expect(new Set(check.findings.map(({ host }) => host))).toEqual(new Set(['zk1', 'zk2', 'zk3']))
  })

  test('no secret is in what any of these commands printed, nor logs or an error', async (context) => {
    expect(ended(await lab.run('logs', lab.inventory), 0).stdout).toContain('QuorumPeer')
    ended(await lab.run('secrets', 'recover', lab.inventory, '--yes'), 5)
    ended(await lab.run('check', lab.inventory, '--verbose'), 0)
    await expectHidden(lab)
    lab.needsModes(context)
    const file = 'dman/current/zoo.cfg'
    const closed = await broken(shellOf(lab), 'zk2', `chmod 0 ${file}`, `chmod 600 ${file}`)
    ended(await lab.run('up', lab.inventory, '--json', '--verbose'), 1)
    await closed.mend()
    await expectHidden(lab)
  })
})

/** Version and last write of every znode there is, also of those that ZooKeeper keeps for itself. */
async function znodesOf(lab: TestLab): Promise<unknown> {
  const reader = await kazoo('3', '2.11.0')
  if ('why' in reader) return reader.why
  const seen = [await readBy(reader, server(lab), '/'), await readBy(reader, server(lab), '/zookeeper')]
  return seen.flatMap((all) =>
    [...all].map(([at, { data, ...stat }]) => ({ at, ...stat, data: data.toString('latin1') })),
  )
}
