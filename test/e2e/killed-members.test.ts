import { beforeAll, describe, expect, test } from 'vitest'
import { errors } from './faults-kit.ts'
import { everywhere, expectDone, watchMembers } from './killed-kit.ts'
import { withLab } from './lab/lab.ts'

const lab = withLab()
const servers = (...of: string[]) => everywhere(lab, 'grep ^nonce dman/run/server', of.length > 0 ? of : undefined)
const confs = () => everywhere(lab, 'grep ^conf dman/run/server')
/** and its host is not to start it again */
const kill = (host: string, signal = 'KILL') =>
  lab.exec(host, `rm -f dman/run/wanted; kill -${signal} $(sed -n 's/^pid: //p' dman/run/server)`)
let heap = 256
const changed = (...jvm: string[]) =>
  lab.edit(
    (inventory) => {
      inventory.setIn(['zookeeper', 'heap'], `${++heap}m`)
      if (jvm.length > 0) inventory.setIn(['zookeeper', 'jvm'], jvm)
    },
    { name: `heap-${heap}.yml` },
  )
/** those whose value is another than before, by host */
const differing = (before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) =>
  Object.keys(after).filter((host) => after[host] !== before[host])

beforeAll(async () => {
  await expectDone(lab, await lab.run('up', lab.inventory), 'a first up')
})

describe('a member that died', () => {
  test('case 20: is started again by the next run, as it is, and nobody else is touched', async () => {
    const before = await servers()
    await kill('zk1')
    const status = await lab.run('status', lab.inventory)
    expect({ code: status.code, stdout: status.stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/zk1.*down/) as string,
    })
    await expectDone(lab, await lab.run('up', lab.inventory), 'zk1 was killed')
    expect(differing(before, await servers())).toEqual(['zk1'])
  })

  test('case 19: whose pid file names a process of somebody else: that is left alone, ours is started', async () => {
    const before = await servers()
    await kill('zk2')
    const fake = String.raw`setsid sleep 345 </dev/null >/dev/null 2>&1 & read -r s </proc/$!/stat; set -- $\{s##*) }
      cd dman/run; sed -i "s/^pid: .*/pid: $!/; s/^start: .*/start: $\{20}/" server; echo $!`
    const pid = (await lab.exec('zk2', fake.replaceAll('\\{', '{'))).stdout.trim()
    await expectDone(lab, await lab.run('up', lab.inventory), 'a pid file that names a stranger')
    expect(differing(before, await servers())).toEqual(['zk2'])
    expect((await lab.run('stop', '--hosts', 'zk2', lab.inventory)).code).toBe(0)
    expect((await lab.exec('zk2', `tr '\\0' ' ' </proc/${pid}/cmdline`)).stdout).toBe('sleep 345 ')
    await lab.exec('zk2', `kill ${pid}`)
    await expectDone(lab, await lab.run('up', lab.inventory), 'stopped and started')
  })

  test('case 26: is started before a roll, which then takes one down at a time', async () => {
    const inventory = await changed()
    await kill('zk2')
    const watching = watchMembers(lab)
    const up = await lab.run('up', inventory)
    expect(await watching.end()).toBe(1)
    await expectDone(lab, up, 'zk2 was killed before a roll', inventory)
  })

  test('case 26: while it cannot serve, no member that serves is taken down: exit 5', async () => {
    const inventory = await changed()
    await kill('zk1')
    const before = await servers('zk2', 'zk3')
    const hidden = 'cd dman/releases/zookeeper-*/lib'
    await lab.exec('zk1', `${hidden} && mv zookeeper-3*.jar ../hidden`)
    const watching = watchMembers(lab)
    const up = await lab.run('up', inventory)
    expect({ code: up.code, stderr: up.stderr }).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('zk1') as string,
    })
    expect(await watching.end()).toBe(1)
    expect(await servers('zk2', 'zk3')).toEqual(before)
    await lab.exec('zk1', `${hidden} && mv ../hidden zookeeper-3.9.5.jar`)
  })
})

describe('a setting with which the server cannot start', () => {
  let good = ''
  beforeAll(async () => {
    good = await changed()
    await expectDone(lab, await lab.run('up', good), 'once zk1 can serve', good)
  })

  test('case 27: stops the roll after the first member, which goes back to what it last served with', async () => {
    const [before, conf] = [await servers(), await confs()]
    const watching = watchMembers(lab)
    const up = await lab.run('up', await changed('-XX:NoSuchOption'))
    expect(await watching.end()).toBe(1)
    const tried = differing(before, await servers())
    expect(tried).toHaveLength(1)
    expect(errors(up, 1)).toMatchObject([
      {
        host: tried[0],
        step: expect.stringMatching(/^restart the member with conf-/) as string,
        got: expect.stringMatching(/^it did not come to serve.* runs conf-\w+ again, which served last$/) as string,
      },
    ])
    expect(await confs()).toEqual(conf)
    expect(up.stdout).toMatch(/healthy, 3 of 3/)
    expect(up.stderr).toMatch(/is put back/)
    // With the former setting only what was tried in vain goes.
    const now = await servers()
    await expectDone(lab, await lab.run('up', good), 'with the former setting', good)
    expect(await servers()).toEqual(now)
  })

  test('case 27: that hangs, while another host dies: nothing that serves is taken down, and the next run mends all', async (context) => {
    lab.needs(context, 'namespaces')
    const conf = await confs()
    // The virtual machine waits at its start until a file is gone.
    const run = lab.start(
      'up',
      '--timeout',
      '15',
      await changed('-XX:+UnlockDiagnosticVMOptions', '-XX:+PauseAtStartup'),
    )
    const paused = () => everywhere(lab, 'ls dman/vm.paused.* 2>/dev/null || :')
    const hanging = async () => Object.entries(await paused()).find(([, file]) => file !== '')?.[0]
    await expect.poll(hanging, { timeout: 20_000 }).toBeDefined()
    const down = await hanging()
    const other = lab.hosts.map(({ name }) => name).find((name) => name !== down) ?? ''
    const third = lab.hosts.map(({ name }) => name).find((name) => name !== down && name !== other) ?? ''
    const before = await servers(third)
    await lab.off(other)
    const up = await run.done
    const told = errors(up, 4).map(({ host, step }) => ({ host, step }))
    expect(told).toEqual([
      { host: down, step: expect.stringMatching(/^restart the member with conf-/) as string },
      { host: other, step: 'wait for the members after the last step' },
    ])
    expect(await servers(third)).toEqual(before)
    await lab.on(other)
    await expectDone(lab, await lab.run('up', good), 'after a host died amid it', good)
    expect(await confs()).toEqual(conf)
  })
})
