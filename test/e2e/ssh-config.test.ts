import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { hostname, networkInterfaces, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/model/event.ts'
import { newMemory } from '../../src/ssh/asking.ts'
import { lookUp } from '../../src/ssh/config.ts'
import { readConfig } from '../../src/ssh/config-file.ts'
import { type ConfigText, parseConfig } from '../../src/ssh/config-lines.ts'
import { place } from '../../src/ssh/target.ts'
import { withAgent } from './ssh-agent.ts'
import { hasSshd, kit, lineOf, ran, title } from './ssh-kit.ts'
import { user } from './ssh-servers.ts'

const { scratch, known, login, refusal, identity } = kit()
const { username, uid, homedir } = userInfo()
const here = { home: homedir, localUser: username, localHost: hostname(), uid, env: process.env }

/** What ssh itself makes of a configuration. */
async function asked(file: string, name: string, ...options: string[]) {
  const { stdout } = await promisify(execFile)('ssh', ['-G', '-F', file, ...options, name])
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => /^(\S+) (.*)$/.exec(line)?.slice(1) ?? [])
  const all = (keyword: string) => lines.flatMap(([key, value]) => (key === keyword ? [value ?? ''] : []))
  return { all, one: (keyword: string) => all(keyword)[0] }
}

async function sameAsSsh(text: string, files: readonly ConfigText[], name: string): Promise<void> {
  const ssh = await asked(join(scratch.folder, 'config'), name)
  const ours = lookUp(files, { name }, here)
  const filled = { '~': homedir, '%n': name, '%r': ours.user ?? username, '%p': String(ours.port ?? 22), '%%': '%' }
  const path = (said: string) => said.replace(/^~|%./g, (token) => filled[token as keyof typeof filled])
  expect(
    {
      hostname: ours.address,
      user: ours.user ?? username,
      port: String(ours.port ?? 22),
      identities: ours.identityFiles ?? [],
      only: ours.identitiesOnly ? 'yes' : 'no',
      jump: ours.proxyJump === 'none' ? undefined : ours.proxyJump,
      known: ours.knownHosts?.join(' '),
      alias: ours.hostKeyAlias,
    },
    text,
  ).toEqual({
    hostname: ssh.one('hostname'),
    user: ssh.one('user'),
    port: ssh.one('port'),
    // of files that nobody names it shows the usual ones
    identities: ours.identityFiles === undefined ? [] : ssh.all('identityfile').map(path),
    only: ssh.one('identitiesonly'),
    jump: ssh.one('proxyjump'),
    known: ours.knownHosts === undefined ? undefined : ssh.one('userknownhostsfile'),
    alias: ssh.one('hostkeyalias'),
  })
}

describe.skipIf(!hasSshd)(title('what is read in a configuration'), () => {
  const one = fc.constantFrom
  const patterns = fc.array(
    one('zk1', 'zk?', 'zk*', '!zk2', '*', 'b*n', '10.0.0.1?', '!10.*', 'fd00::*', 'ZK1', '*1'),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  const setting = fc.oneof(
    one('HostName 10.0.0.11', 'HostName %h.example.net', 'hostname=Zk1.Example.net', 'HostName zk2'),
    one('User ann', 'User "bob b"', 'user=carl', 'User dora # a comment', "User 'eve'"),
    one('Port 2222', 'port = 2200', 'Port=22', 'IdentitiesOnly yes', 'IdentitiesOnly no'),
    one('IdentityFile ~/.ssh/a', 'IdentityFile /keys/%n', 'IdentityFile "/k e y/%r"', 'IdentityFile /keys/%p%%'),
    one('ProxyJump gate', 'ProxyJump none', 'ProxyJump ops@b:2222,c', 'ProxyCommand none'),
    one('UserKnownHostsFile /k1 /k2', 'UserKnownHostsFile "/k 3"', 'HostKeyAlias other'),
    one('Compression yes', '# nothing', '', '   '),
  )
  const criterion = fc.oneof(
    fc.tuple(one('host', 'originalhost', '!host'), patterns).map(([word, all]) => `${word} ${all.join(',')}`),
    one('user ann', `user ${username}`, `localuser ${username}`, '!user ann', 'user=ann', 'localuser nobody'),
    one('final', '!final'),
  )
  const block = fc.oneof(
    { weight: 3, arbitrary: patterns.map((all) => `Host ${all.join(' ')}`) },
    {
      weight: 2,
      arbitrary: fc.array(criterion, { minLength: 1, maxLength: 2 }).map((all) => `Match ${all.join(' ')}`),
    },
    one('Match all'),
  )
  const lines = fc.array(fc.oneof({ weight: 3, arbitrary: setting }, block), { maxLength: 12 })
  const name = one('zk1', 'zk2', 'ZK1', 'bastion', '10.0.0.11', 'fd00::11')

  it('is what ssh -G reads there', async () => {
    const same = async (all: readonly string[], host: string) => {
      const text = `${all.join('\n')}\n`
      scratch.write('config', text)
      await sameAsSsh(text, [parseConfig(text, 'config')], host)
    }
    await fc.assert(fc.asyncProperty(lines, name, same), { numRuns: Number(process.env['DMAN_CONFIGS'] ?? 150) })
  })

  it('is what ssh -G reads there, over files that include each other', async () => {
    const home = join(scratch.folder, 'including')
    const put = (file: string, text: string) => {
      const path = join(home, '.ssh', file)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text, { mode: 0o600 })
    }
    put(
      'config',
      `Host zk1\nInclude ${home}/.ssh/d/*.conf gone\nHost zk2\nInclude "${home}/.ssh/d/[x"\nHost *\nUser last\n`,
    )
    put('d/2.conf', 'User second\nPort 2\n')
    put('d/1.conf', `Host zk2\nPort 1\nHost zk*\nHostName 10.0.0.11\nInclude ${home}/.ssh/d/deep\n`)
    put('d/.hidden.conf', 'User hidden\n')
    put('d/deep', 'IdentityFile /deep\nHost other\nUser other\n')
    const [own = []] = await readConfig({ ...here, home })
    const file = join(scratch.folder, 'config')
    writeFileSync(file, `Include ${home}/.ssh/config\n`, { mode: 0o600 })
    for (const host of ['zk1', 'zk2', 'other']) await sameAsSsh(host, [own], host)
    expect(lookUp([own], { name: 'zk1' }, here)).toMatchObject({ user: 'second', port: 2, address: '10.0.0.11' })
  })
})

describe.skipIf(!hasSshd)(title('a host by ~/.ssh/config'), () => {
  let count = 0
  /** logs in with that configuration; the inventory says no more than what is given */
  const by = (config: string, more: { address?: string; user?: string; port?: number; jump?: string[] } = {}) => {
    const home = join(scratch.folder, `home${++count}`)
    mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 })
    writeFileSync(join(home, '.ssh/config'), config, { mode: 0o600 })
    return { to: { host: 'zk1', address: 'one', ...more }, env: { HOME: home } }
  }

  it('is reached at its address, as its user, by its key, over its jump hosts, each with keys of its own', async () => {
    const [outerKey, innerKey, ownKey] = ['outer', 'inner', 'own key'].map((one) => scratch.key(one))
    if (outerKey === undefined || innerKey === undefined || ownKey === undefined) throw new Error('no keys')
    const outer = await scratch.serve({ address: '127.0.74.1', authorized: [outerKey] })
    // over IPv6 where this machine has it
    const six = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))
    const address = six ? '::1' : '127.0.74.2'
    const inner = await scratch.serve({ address, authorized: [innerKey] })
    const last = await scratch.serve({ address, authorized: [ownKey] })
    const [a, b] = [known(lineOf(outer) + lineOf(inner)), known(lineOf(last).replace(/^\S+/, 'alias-of-one'))]
    const config = [
      ...[
        'Host one',
        `HostName ${address}`,
        `Port ${last.port}`,
        `User ${user}`,
        `IdentityFile "${ownKey}"`,
        'ProxyJump in',
      ],
      ...[`UserKnownHostsFile ${b}`, 'HostKeyAlias alias-of-one', 'Host *', `UserKnownHostsFile ${a}`],
      ...['Host in', `HostName ${address}`, `Port ${inner.port}`, `IdentityFile ${innerKey}`, 'ProxyJump out'],
      ...[
        'Host out',
        `HostName ${outer.address}`,
        `Port ${outer.port}`,
        `IdentityFile ${outerKey}`,
        'Host *',
        `User ${user}`,
      ],
    ].join('\n')
    const { to, env } = by(config)
    expect(await ran(await login(to, { env }), 'echo $SSH_CONNECTION')).toMatchObject({
      out: expect.stringMatching(new RegExp(`^${address} \\d+ ${address} ${last.port}$`, 'm')) as string,
    })
    expect([outer, inner, last].map((one) => one.log().match(/Failed/g)?.length ?? 0)).toEqual([0, 0, 0])
    // the inventory comes first
    const failure = await refusal({ ...to, user: 'somebody', jump: [] }, { env })
    expect(failure.step).toBe(`log in to somebody@${place(last)}`)
  })

  it('case 3: is not logged in to where its key is another than the one of its alias', async () => {
    const one = await scratch.serve({ authorized: [identity()] })
    const other = scratch.publicOf(scratch.key('other'))
    const { to, env } = by(
      `Host one\nHostName 127.0.0.1\nPort ${one.port}\nHostKeyAlias zk\nUserKnownHostsFile ${known(`zk ${other}\n`)}\n`,
    )
    const failure = await refusal(to, { env, acceptNew: true })
    expect(failure).toMatchObject({ exit: 4, got: expect.stringContaining('host key changed') as string })
    expect(failure.hint).toContain("ssh-keygen -R 'zk'")
    expect(one.log()).not.toMatch(/Failed|Accepted/)
  })

  it('case 2: with IdentitiesOnly is offered that key alone, signed by an agent that holds many', async () => {
    const keys = Array.from({ length: 7 }, (_, index) => scratch.key(`held${index}`))
    const [chosen = ''] = keys.slice(-1)
    const one = await scratch.serve({ authorized: [chosen], config: ['MaxAuthTries 2'] })
    const about = `Host one\nHostName 127.0.0.1\nPort ${one.port}\nUser ${user}\nUserKnownHostsFile ${known(lineOf(one))}\n`
    await withAgent(scratch, keys, async (env) => {
      const only = by(`${about}IdentitiesOnly yes\nIdentityFile ${chosen}.pub\n`)
      await login(only.to, { env: { ...env, ...only.env } })
      const first = by(`${about}IdentityFile ${chosen}\n`)
      await login(first.to, { env: { ...env, ...first.env } })
      const named = by(`${about}IdentityAgent ${env.SSH_AUTH_SOCK}\nIdentityFile ${chosen}\n`)
      await login(named.to, named)
    })
    expect(one.log()).not.toContain('Failed')
  })

  it('is not tried where others may write the file, where it makes no sense, or wants a command run', async () => {
    const { to, env } = by('User ann\n')
    chmodSync(join(env.HOME, '.ssh/config'), 0o622)
    expect(await refusal(to, { env })).toMatchObject({ exit: 3, got: expect.stringContaining('chmod go-w') as string })
    const typo = by('Host one\n  Port none\n')
    expect((await refusal(typo.to, typo)).got).toMatch(/home\d+\/\.ssh\/config:2: `none` is no port$/)
    const endless = by('Include config\n')
    expect((await refusal(endless.to, endless)).got).toContain('Include goes deeper than 16 files')
    const command = by('Host one\nProxyCommand touch /tmp/run\n')
    expect(await refusal(command.to, command)).toMatchObject({ exit: 4, step: 'find the way' })
  })

  it('is told once a run what was left out', async () => {
    const one = await scratch.serve({ authorized: [identity()] })
    const { to, env } = by(
      [
        ...[
          'Match exec "touch /tmp/run"',
          'Port 1',
          'Host one',
          'HostName 127.0.0.1',
          `Port ${one.port}`,
          `User ${user}`,
        ],
        ...[`IdentityFile ${identity()}`, `UserKnownHostsFile ${known(lineOf(one))}`],
      ].join('\n'),
    )
    const events: Event[] = []
    const memory = newMemory()
    const emit = (event: Omit<Event, 'at'>) => void events.push(event as Event)
    for (let time = 0; time < 2; time++) await login(to, { env, memory, emit })
    expect(events.filter((event) => event.is === 'log' && event.level === 'warn')).toEqual([
      expect.objectContaining({
        text: expect.stringMatching(/config:2: Port is left out: whether `Match exec`/) as string,
      }),
    ])
  })
})
