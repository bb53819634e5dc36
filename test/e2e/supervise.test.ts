import { beforeAll, describe, expect, test } from 'vitest'
import { broken, shellOf } from './faults-kit.ts'
import { withLab } from './lab/lab.ts'
import { butCron, ended, onAll, ownProcesses, statusOf } from './up-look.ts'

// What the hosts do by themselves, without an operator: bin/supervise and cron.
const lab = withLab()
const [exec, root] = [shellOf(lab), shellOf(lab, { root: true })]
const pidOf = (host: string) => exec(host, "sed -n 's/^pid: //p' dman/run/server")
const srvrCommand = (host: string) => {
  const { address = '' } = lab.hosts.find(({ name }) => name === host) ?? {}
  return `perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(PeerAddr => "${address}", PeerPort => 2180, Timeout => 1) or exit 1; print $s "srvr"; print <$s>' 2>/dev/null || :`
}
/** Until the server there answers that it serves, by another process than `former`; fails so many ms after `since`. */
async function servesAgain(host: string, former: string, within: number, since = performance.now()): Promise<void> {
  const timeout = since + within - performance.now()
  const look = async () => ((await exec(host, srvrCommand(host))).includes('Mode:') ? pidOf(host) : former)
  await expect.poll(look, { timeout, interval: 100 }).not.toBe(former)
  expect(performance.now() - since).toBeLessThan(within)
}
const kill = (host: string) => exec(host, "kill -9 $(sed -n 's/^pid: //p' dman/run/server)")
/** Kills the server there; ms, by the host's clock, until another process has its place. */
const killAndSee = async (host: string) =>
  Number(
    await exec(
      host,
      `pid() { sed -n 's/^pid: //p' dman/run/server; }; ms() { echo $(($(date +%s%N) / 1000000)); }
       former=$(pid); began=$(ms); kill -9 "$former"
       until now=$(pid) && [ "$now" != "$former" ] && kill -0 "$now" 2>/dev/null || [ $(($(ms) - began)) -gt 10000 ]; do sleep 0.02; done
       echo $(($(ms) - began))`,
    ),
  )
const problems = async (host: string, code: number) =>
  (await statusOf(lab, code)).members.find((member) => member.host === host)?.problems
const ofOurs = () => onAll(lab, ownProcesses('[d]man.nonce|[b]in/supervise'))
const crontabs = () => onAll(lab, 'crontab -l 2>/dev/null || :')
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const second = () => new Date().getSeconds()
/** Cron does its work as a minute begins: waits until that is over, and some time away. */
const betweenTicks = () => pause(second() < 2 || second() > 45 ? ((62 - second()) % 60) * 1000 : 0)

const foreign = `# mine\nMAILTO=""\n\n17 3 * * *  echo 100\\% "$x" # dman-bootstrap is not this\n`

describe('what keeps members running', () => {
  beforeAll(async () => {
    if (lab.kind === 'namespaces') {
      await lab.exec('zk1', `printf '%s' '${foreign}' | crontab -`)
      await lab.exec('zk3', 'touch /etc/cron.allow', { root: true })
    }
    ended(await lab.run('up', lab.inventory), 0)
  })

  test('case 20: a server that was killed is started again within 2 s and serves within 5, and the run after that has nothing to do', async () => {
    const former = await pidOf('zk2')
    const began = performance.now()
    expect(await killAndSee('zk2')).toBeLessThan(2000)
    await servesAgain('zk2', former, 5000, began)
    await expect.poll(async () => (await lab.run('status', lab.inventory)).code, { timeout: 5000 }).toBe(0)
    expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')
    expect(butCron(lab, (await problems('zk2', 0)) ?? ['none is told of'])).toEqual([])
  })

  test('case 36: our lines are beside those of others; where crontab is forbidden that is said, and all the rest works', async (context) => {
    lab.needs(context, 'namespaces')
    const [one = '', two = '', three] = await crontabs()
    expect(one.startsWith(foreign)).toBe(true)
    expect(one.slice(foreign.length)).toBe(two)
    expect(
      two
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' /bin/sh')[0]),
    ).toEqual(['* * * * *', '@reboot'])
    expect(three).toBe('')
    expect(await problems('zk3', 0)).toEqual([
      'it does not come back by itself after a reboot: this user may not use crontab',
    ])
    const former = await pidOf('zk3')
    await kill('zk3')
    await servesAgain('zk3', former, 5000)
  })

  test('case 20: one that cannot start is not tried in a tight loop; status says why; it goes on once it can', async () => {
    const hidden = 'cd dman/releases/zookeeper-*/lib'
    const former = await pidOf('zk2')
    const gone = await broken(
      exec,
      'zk2',
      `${hidden} && mv zookeeper-3*.jar ../hidden`,
      `${hidden} && mv ../hidden zookeeper-3.9.5.jar`,
    )
    await kill('zk2')
    await pause(9000)
    const tries = Number(await exec('zk2', `grep -c started dman/log/supervisor.log`))
    expect(tries).toBeLessThan(8)
    const told = await problems('zk2', 1)
    expect(told).toContainEqual(expect.stringMatching(/starts in a row came to nothing.*QuorumPeerMain/) as string)
    await gone.mend()
    ended(await lab.run('start', lab.inventory), 0)
    expect(await pidOf('zk2')).not.toBe(former)
  })

  test('case 21: a rebooted host serves again within 75 s of its boot, without a login', async (context) => {
    lab.needs(context, 'namespaces')
    const former = await exec('zk2', 'grep ^nonce dman/run/server')
    // by the line for a boot alone
    await exec('zk2', "crontab -l | grep -v '^\\* ' | crontab -")
    expect(await exec('zk2', 'crontab -l')).toMatch(/^@reboot .*$/)
    const began = performance.now()
    await lab.reboot('zk2')
    const left = () => ({ timeout: began + 75_000 - performance.now() })
    const nonce = () => exec('zk2', 'grep ^nonce dman/run/server')
    await expect.poll(nonce, left()).not.toBe(former)
    const serves = async () => (await exec('zk2', srvrCommand('zk2'))).includes('Mode:')
    await expect.poll(serves, left()).toBe(true)
    expect(await exec('zk2', 'find dman -perm /077 ! -type l')).toBe('')
    ended(await lab.run('up', lab.inventory), 0)
    expect(await exec('zk2', 'crontab -l')).toMatch(/^\* .*\n@reboot .*$/)
    expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')
  })

  test('case 36: a crontab that cannot be read, and one that no crond reads, stay as they are, which status tells', async (context) => {
    lab.needs(context, 'namespaces')
    const spool = '/var/spool/cron/crontabs/dman'
    const tables = () => onAll(lab, `cat ${spool}`, { root: true, of: ['zk1', 'zk2'] })
    const before = await tables()
    // at a tick cron forks itself for each job
    await betweenTicks()
    const ofCron = 'for comm in /proc/[0-9]*/comm; do [ "$(cat "$comm")" != cron ] || echo "${comm%/comm}"; done'
    const [cron = '', ...others] = (await root('zk1', ofCron)).split('\n')
    expect(others).toEqual([])
    const dead = await broken(root, 'zk1', `kill ${cron.slice('/proc/'.length)}`, 'cron')
    const closed = await broken(root, 'zk2', `chown root ${spool}`, `chown dman ${spool}`)
    const why = 'it does not come back by itself after a reboot: '
    expect([await problems('zk1', 0), await problems('zk2', 0)]).toEqual([
      [`${why}crond does not run`],
      [expect.stringMatching(new RegExp(`^${why}the crontab cannot be read: .*denied`, 'i'))],
    ])
    expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')
    expect(await tables()).toEqual(before)
    for (const { mend } of [dead, closed]) await mend()
    expect([await problems('zk1', 0), await problems('zk2', 0)]).toEqual([[], []])
  })

  test('a supervisor that was killed is back within a minute', async (context) => {
    lab.needs(context, 'namespaces')
    const [one, server] = [await exec('zk1', "sed -n 's/^pid: //p' dman/run/supervisor"), await pidOf('zk1')]
    await betweenTicks()
    await exec('zk1', `kill -9 ${one}`)
    expect(await problems('zk1', 0)).toEqual(['its supervisor does not run: cron starts it within a minute'])
    const now = () => exec('zk1', "sed -n 's/^pid: //p' dman/run/supervisor")
    await expect.poll(now, { timeout: 65_000, interval: 500 }).not.toBe(one)
    expect(await pidOf('zk1')).toBe(server)
  })

  test('case 19, case 20: it goes through a roll; stop stays stopped over a minute tick; start brings all back', async () => {
    const inventory = await lab.edit((document) => {
      document.setIn(['zookeeper', 'config'], { tickTime: 1000 })
    })
    ended(await lab.run('up', inventory), 0)
    expect(ended(await lab.run('up', inventory), 0).stderr).toContain('nothing to do')
    expect(await ofOurs()).not.toContain('')
    ended(await lab.run('stop', inventory), 0)
    expect(await ofOurs()).toEqual(['', '', ''])
    await pause((lab.kind === 'namespaces' ? 62 - second() : 2) * 1000)
    expect(await ofOurs()).toEqual(['', '', ''])
    ended(await lab.run('start', inventory), 0)
    const former = await pidOf('zk1')
    await kill('zk1')
    await servesAgain('zk1', former, 5000)
  })

  test('destroy leaves no process and no line of ours', async () => {
    ended(await lab.run('destroy', lab.inventory, '--data', '--yes'), 0)
    expect(await ofOurs()).toEqual(['', '', ''])
    if (lab.kind === 'namespaces') expect(await crontabs()).toEqual([foreign, '', ''])
    expect(await onAll(lab, 'ls -d dman 2>/dev/null || :')).toEqual(['', '', ''])
  })
})
