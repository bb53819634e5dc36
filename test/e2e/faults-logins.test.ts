import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { errors, filterOf, findings, packages, whyNoFilter } from './faults-kit.ts'
import { withLab } from './lab/lab.ts'
import { runCommand } from './lab/run.ts'
import { whyNoSlowLink, withSlowLink } from './slow-link.ts'
import { ended, onAll, states, statusOf } from './up-look.ts'

// Logins as people have them: other shells that talk and set a wide umask, homes with blanks behind a link, sshds that allow little.
const lab = withLab()

const address = (name: string) => lab.hosts.find((host) => host.name === name)?.address ?? ''
async function root(host: string, command: string): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(host, command, { root: true })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trim()
}
const sshd = async (host: string, ...lines: string[]) => {
  const first = lines.map((line) => `${line}\\n`).join('')
  await root(host, `sed -i '1i ${first}' /etc/ssh/sshd_config && sshd -t && kill -HUP $(cat /run/sshd.pid)`)
}
const passwd = (host: string, home: string, shell: string) =>
  root(host, `sed -i 's|^\\(dman:.*\\):/home/dman:.*|\\1:${home}:${shell}|' /etc/passwd`)
const file = (host: string, name: string, text: string) =>
  lab.exec(host, `umask 077; mkdir -p "$(dirname ${name})"; cat - "${name}" >x 2>/dev/null; mv x ${name}`, {
    input: text,
  })

/** Whatever a login may bring along for a script to trip over. */
const traps = [
  'echo "Welcome to $HOSTNAME, dman!"; echo "mind the step" >&2',
  'umask 000',
  'export CDPATH=/ GREP_OPTIONS=-v JAVA_TOOL_OPTIONS=-Xmx1m CLASSPATH=/nowhere POSIXLY_CORRECT=1',
  'export LOCPATH=$HOME/.locale LC_ALL=tr_TR.UTF-8',
  'cat() { echo hijacked; }; export -f cat; alias ls="ls --color=always"; set -o noclobber',
  '',
].join('\n')
const shells = new Set<string>()

beforeAll(async () => {
  if (lab.kind !== 'namespaces') return
  await packages('tcsh=tcsh', 'fish=fish', 'bsd-csh=csh')
  for (const shell of ['tcsh', 'fish', 'bsd-csh'])
    if ((await lab.exec('zk1', `test -x /usr/bin/${shell}`)).code === 0) shells.add(shell)
  if (shells.has('tcsh')) await passwd('zk1', '/home/dman', '/usr/bin/tcsh')
  await file('zk1', '.cshrc', 'echo "Welcome to tcsh"\numask 000\nsetenv CLASSPATH /nowhere\nalias rm echo\n')
  await root('zk1', 'echo "Authorized use only!" >/etc/issue.net')
  await sshd('zk1', 'Banner /etc/issue.net')
  await root('zk2', 'ln -s /home/dman "/srv/d man"')
  await passwd('zk2', '/srv/d man', shells.has('fish') ? '/usr/bin/fish' : '/bin/bash')
  await file('zk2', '.config/fish/config.fish', 'echo "Welcome to fish"\numask 077\nfunction cat; echo hijacked; end\n')
  await sshd('zk2', 'AllowTcpForwarding no')
  await lab.exec('zk3', 'mkdir .locale && localedef -i tr_TR -f UTF-8 .locale/tr_TR.UTF-8')
  await file('zk3', '.bashrc', traps)
  await file('zk3', '.profile', traps)
  await sshd('zk3', 'MaxSessions 1')
})
beforeEach((context) => lab.needs(context, 'namespaces'))

const inventory = (values: Readonly<Record<string, unknown>> = {}) =>
  lab.edit((all) => {
    for (const [key, value] of Object.entries({ home: 'apps/dman', ...values })) all.setIn(key.split('.'), value)
  })
const servers = () => onAll(lab, 'cat apps/dman/run/server')
const homesNow = () => onAll(lab, 'ls -A; ls -A /tmp')
const isServing = async (file: string) => {
  const status = ended(await lab.run('status', file, '--json'), 0).json() as Awaited<ReturnType<typeof statusOf>>
  expect(states(status).sort()).toEqual([
    expect.stringMatching(/^zk1 (leader|follower)/),
    expect.stringMatching(/^zk2 (leader|follower)/),
    expect.stringMatching(/^zk3 (leader|follower)/),
  ])
  expect(status).toMatchObject({ healthy: true, trees: [{ generation: 1 }] })
}

describe('cases 10, 11, 12: banners, csh, tcsh and fish as login shells, umask 000 and 077, a foreign locale', () => {
  let before: string[] = []

  test('the shells that are tried here', (context) => {
    const missing = ['tcsh', 'fish', 'bsd-csh'].filter((shell) => !shells.has(shell))
    context.skip(missing.length > 0, `${missing.join(' and ')} is not installed and could not be`)
    expect(shells.size).toBe(3)
  })

  test('the locale that is tried here: a comma in numbers, and letters that sort and change case in ways of their own', async (context) => {
    const turkish = ['env', 'LOCPATH=/home/dman/.locale', 'LC_ALL=tr_TR.UTF-8']
    const said = await lab.exec('zk3', [...turkish, 'bash', '-c', 'printf %.1f 1,5'])
    context.skip(!said.stdout.endsWith('1,5'), 'localedef has no tr_TR here')
    expect(said.code).toBe(0)
  })

  test('check: only the sshd that allows no forwarding is remarked upon', async () => {
    const told = (await findings(lab, 0, await inventory())).map(({ host, level, got }) => `${host} ${level}: ${got}`)
    expect(told).toEqual([
      'zk2 warning: unknown whether zk1 is reached: sshd prohibits forwarding',
      'zk2 warning: unknown whether zk3 is reached: sshd prohibits forwarding',
    ])
    before = await homesNow()
  })

  test('up from nothing into a nested home; again: nothing to do; status', async () => {
    const nested = await inventory()
    ended(await lab.run('up', nested), 0)
    expect(ended(await lab.run('up', nested), 0).stderr).toContain('nothing to do')
    await isServing(nested)
    expect(await onAll(lab, 'ls apps')).toEqual(['dman\n', 'dman\n', 'dman\n'])
  })

  test('files have their exact modes, also those that the server wrote; its environment is its own', async () => {
    const open = await onAll(lab, `find apps/dman ! -type l -perm /077; find apps/dman -type f ! -perm 600 ! -perm 700`)
    // what came in an archive keeps the owner's bits of it
    expect(open.map((text) => text.replace(/^apps\/dman\/releases\/(java|zookeeper)-.*\n/gm, ''))).toEqual(['', '', ''])
    const own = await onAll(
      lab,
      `tr '\\0' '\\n' </proc/$(sed -n 's/^pid: //p' apps/dman/run/server)/environ | cut -d= -f1 | sort`,
    )
    for (const names of own) expect(names).toBe('HOME\nLANG\nPATH\n')
    expect(await onAll(lab, 'cat apps/dman/data/version-2/currentEpoch')).toEqual(['1', '1', '1'])
  })

  test('a changed setting goes through all of them; one has changed to the old csh meanwhile', async () => {
    if (shells.has('bsd-csh')) await passwd('zk1', '/home/dman', '/usr/bin/bsd-csh')
    const changed = await inventory({ 'zookeeper.heap': '200m' })
    ended(await lab.run('up', changed), 0)
    await isServing(changed)
    for (const jvm of await onAll(lab, 'cat apps/dman/current/jvm')) expect(jvm).toContain('-Xmx200m')
  })

  test('neither forwarding nor a way of one’s own: the member is not taken for down', async (context) => {
    const nested = await inventory({ 'zookeeper.heap': '200m' })
    const why = await whyNoFilter(lab)
    context.skip(why !== undefined, why)
    const filter = filterOf(2180, 'reject with tcp reset')
    await root('zk2', filter.set)
    const before = await servers()
    const [status, up] = [await lab.run('status', nested, '--json'), await lab.run('up', nested, '--timeout', '4')]
    await root('zk2', filter.undo)
    const { members, quorum } = ended(status, 1).json() as Awaited<ReturnType<typeof statusOf>>
    expect({ quorum, state: members[1]?.state }).toEqual({ quorum: true, state: 'unreachable' })
    expect(members[1]?.problems.join()).toMatch(/runs, and does not answer: connection refused/)
    expect(errors(up, 1)[0]?.host).toBe('zk2')
    expect(await servers()).toEqual(before)
  })

  test('destroy leaves what was there before', async () => {
    ended(await lab.run('destroy', await inventory(), '--data', '--yes'), 0)
    expect(await homesNow()).toEqual(before)
  })
})

describe('a line of 40 ms that loses packets', () => {
  test('up and status over it, by addresses of ~/.ssh/config', async (context) => {
    context.skip(whyNoSlowLink !== undefined, whyNoSlowLink ?? '')
    const home = path.join(lab.folder, 'home')
    await mkdir(path.join(home, '.ssh'), { recursive: true })
    const slow = await inventory({ home: 'dman' })
    const { carried, lost } = await withSlowLink(lab, { delay: 20, loss: 0.002 }, async (addresses) => {
      const config = lab.hosts.map(
        (host) => `Host ${host.address}\nHostName ${addresses.get(host.name) ?? ''}\nHostKeyAlias ${host.address}\n`,
      )
      await writeFile(path.join(home, '.ssh/config'), config.join(''), { mode: 0o600 })
      const run = (...args: string[]) => lab.runWith({ env: { HOME: home } }, ...args)
      const first = ended(await run('up', slow), 0)
      const again = ended(await run('up', slow), 0)
      expect(again.stderr).toContain('nothing to do')
      const status = ended(await run('status', slow, '--json'), 0)
      expect(status.json()).toMatchObject({ healthy: true })
      const took = [first, again, status].map(({ ms }) => `${(ms / 1000).toFixed(1)} s`)
      console.log(`over 40 ms with 0.2 % lost: up ${took[0]}, again ${took[1]}, status ${took[2]}`)
    })
    expect(carried).toBeGreaterThan(10_000)
    expect(lost).toBeGreaterThan(10)
    ended(await lab.run('destroy', slow, '--data', '--yes'), 0)
  })
})

describe('IPv6', () => {
  test('addresses of hosts: logged in to, served on, and in the connection string', async (context) => {
    const net = `fd77:${(address('zk1').split('.')[2] ?? '0').padStart(4, '0')}::`
    const link = `dmanlab-${address('zk1').split('.')[2] ?? ''}`
    const added = await Promise.all([
      runCommand(['ip', 'address', 'add', `${net}1/64`, 'dev', link, 'nodad']),
      ...lab.hosts.map(({ name, id }) =>
        lab.exec(name, `ip address add ${net}1${id}/64 dev eth0 nodad`, { root: true }),
      ),
    ])
    context.skip(
      added.some(({ code }) => code !== 0),
      `this kernel takes no IPv6 address: ${added.find(({ code }) => code !== 0)?.stderr ?? ''}`,
    )
    const keys = await readFile(path.join(path.dirname(lab.sshConfig), 'known_hosts'), 'utf8')
    await writeFile(path.join(lab.folder, 'known'), keys.replaceAll(/^\S+\.(\d+) /gm, `${net}$1 `))
    const six = await inventory({
      home: 'dman',
      'ssh.known_hosts': './known',
      'ssh.user': 'dman',
      ...Object.fromEntries(lab.hosts.map(({ name, id }) => [`hosts.${name}.address`, `${net}1${id}`])),
    })
    const up = ended(await lab.run('up', six), 0)
    expect(up.stdout).toContain(`[${net}11]:2180,[${net}12]:2180,[${net}13]:2180`)
    expect(ended(await lab.run('up', six), 0).stderr).toContain('nothing to do')
    await isServing(six)
    const check = ended(
      await lab.run('check', await inventory({ 'hosts.zk1.address': `${net}99` }), '--timeout', '3'),
      4,
    )
    expect(check.stdout).toContain(`zk1  login  connect to [${net}99]:22`)
  })
})
