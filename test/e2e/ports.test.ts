import { beforeAll, describe, expect, test } from 'vitest'
import { kazoo } from './kazoo.ts'
import { killAfter } from './killed-kit.ts'
import { withLab } from './lab/lab.ts'
import { listenAt } from './listener.ts'
import { ended, listening, onAll, problemsOf, statusOf } from './up-look.ts'
import { expectServed, writer } from './writer.ts'

interface Ports {
  client: number
  peer: number
  election: number
}

describe('other ports and addresses for an ensemble that runs', () => {
  const lab = withLab({ hosts: 3 })
  const former = { client: 2180, peer: 2889, election: 3889 }
  const have = (ports: Ports) => lab.edit((inventory) => inventory.set('ports', ports), { name: 'inventory.yml' })
  const steps = async () => {
    const plan = ended(await lab.run('plan', lab.inventory, '--json'), 0).json() as {
      steps: { kind: string; hosts: string[]; reason: string }[]
    }
    return plan.steps.map(({ kind, hosts, reason }) => ({ step: `${kind} ${hosts.join()}`, reason }))
  }
  const pids = () => onAll(lab, 'sed -n "s/^pid: //p" dman/run/server')
  /** the ports among these that each host's member listens on */
  const open = async (...ports: number[]) =>
    Promise.all(
      lab.hosts.map(async ({ name, address }) => {
        const all = await listening(lab, name)
        return ports.filter((port) => all.includes(`${address}:${port}`))
      }),
    )
  const nothingToDo = async () => expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')

  beforeAll(async () => {
    await have(former)
    ended(await lab.run('up', lab.inventory), 0)
  })

  test('case 22: all three, one member at a time, in the running processes, an operator killed midway, under a writer that loses nothing', async (context) => {
    const reader = await kazoo('3', '2.11.0')
    if ('why' in reader) return context.skip(reader.why)
    const writing = await writer(lab, reader, 'ports', [2180, 2280])
    const [before, { leader }] = [await pids(), await statusOf(lab, 0)]
    await have({ client: 2280, peer: 2989, election: 3989 })

    const planned = await steps()
    expect(planned.map(({ step }) => step.split(' ')[0])).toEqual(['reconfig', 'reconfig', 'reconfig'])
    expect(planned.at(-1)?.step).toBe(`reconfig ${leader ?? ''}`)
    expect(planned[0]?.reason).toMatch(/:2889:3889:participant;.*:2180 → .*:2989:3989:participant;.*:2280$/)
    const told = (await statusOf(lab, 0)).members.flatMap(({ problems }) => problems)
    expect(told.filter((words) => /2180.*2280/.test(words))).toHaveLength(3)

    const { line } = await killAfter(
      lab,
      ({ is, task = '' }) => is === 'ended' && task.startsWith('ensemble/'),
      () => lab.start('up', lab.inventory),
    )
    expect(line).toBeDefined()
    expect(ended(await lab.run('up', lab.inventory), 0).stdout).toMatch(/writes: impossible for at most \d/)

    expect(problemsOf(lab, await statusOf(lab, 0))).toEqual([])
    expect(ended(await lab.run('status', lab.inventory), 0).stdout).toContain(`${lab.hosts[0]?.address ?? ''}:2280,`)
    expect(await open(2180, 2280, 3889, 3989)).toEqual([
      [2280, 3989],
      [2280, 3989],
      [2280, 3989],
    ])
    expect((await open(2889, 2989)).flat()).toEqual([2989])
    expect(await pids()).toEqual(before)
    ended(await lab.run('check', lab.inventory), 0)
    await nothingToDo()

    expectServed(await writing.end())
  })

  test('case 15: a new port that another process has: nothing is changed on any host', async () => {
    const address = lab.hosts[1]?.address ?? ''
    const pid = (await lab.exec('zk2', listenAt(address, 2380))).stdout.trim()
    await have({ client: 2380, peer: 2989, election: 3989 })
    try {
      const refused = ended(await lab.run('up', lab.inventory), 1)
      expect(refused.stderr).toMatch(new RegExp(`client port 2380 is taken on ${address} by perl`))
    } finally {
      await lab.exec('zk2', `kill ${pid}`)
    }
    expect(await open(2280, 2380)).toEqual([[2280], [2280], [2280]])
  })

  test('case 16: a new port that is blocked between two hosts: nothing is changed on any host', async (context) => {
    lab.needs(context, 'namespaces')
    const rule = (what: string) =>
      `ip rule ${what} to ${lab.hosts[2]?.address ?? ''} ipproto tcp dport 4089 unreachable pref 1`
    expect(await lab.exec('zk1', rule('add'), { root: true })).toMatchObject({ code: 0 })
    await have({ client: 2280, peer: 2989, election: 4089 })
    try {
      const refused = ended(await lab.run('up', lab.inventory), 1)
      expect(refused.stderr).toMatch(/error zk1: preflight, reach\n.*election port 4089 of zk3 \(.*\) is blocked/)
    } finally {
      await lab.exec('zk1', rule('del'), { root: true })
    }
    expect(await open(3989, 4089)).toEqual([[3989], [3989], [3989]])
  })

  test('a port that a member still has for something else is refused, with the way to it', async () => {
    await have({ client: 2280, peer: 3989, election: 2989 })
    const refused = ended(await lab.run('up', lab.inventory), 5)
    expect(refused.stderr).toMatch(/its peer port 3989 is its election port now/)
    expect(await open(2280, 3989)).toEqual([
      [2280, 3989],
      [2280, 3989],
      [2280, 3989],
    ])
  })

  test('the port for clients alone, of an ensemble that is stopped: it starts at the former one', async () => {
    await have({ client: 2280, peer: 2989, election: 3989 })
    ended(await lab.run('stop', lab.inventory), 0)
    await have({ client: 2180, peer: 2989, election: 3989 })
    ended(await lab.run('up', lab.inventory), 0)
    expect(await open(2180, 2280)).toEqual([[2180], [2180], [2180]])
    await lab.exec('zk3', 'kill -9 $(sed -n "s/^pid: //p" dman/run/server)')
    await expect.poll(async () => (await lab.run('status', lab.inventory)).code, { timeout: 20_000 }).toBe(0)
    await nothingToDo()
  })

  test('other addresses of the same machines: a roll for certificates of them, then each moves in its running process, under a writer that loses nothing', async (context) => {
    const reader = await kazoo('3', '2.11.0')
    if ('why' in reader) return context.skip(reader.why)
    const moved = lab.hosts.map(({ name, address }) => ({
      name,
      former: address,
      address: address.replace(/\d+$/, (last) => String(Number(last) + 100)),
    }))
    for (const { name, former, address } of lab.kind === 'namespaces' ? moved : [])
      expect(
        await lab.exec(
          name,
          `ip addr add ${address}/24 dev $(ip -o -4 addr | sed -n 's/^[0-9]*: \\([^ ]*\\) .*${former}.*/\\1/p')`,
          {
            root: true,
          },
        ),
      ).toMatchObject({ code: 0 })
    const writing = await writer(lab, reader, 'moved', [2180], moved)
    const { leader } = await statusOf(lab, 0)
    await lab.edit(
      (inventory) => {
        for (const { name, former, address } of moved) {
          inventory.setIn(['hosts', name, 'address'], address)
          inventory.setIn(['hosts', name, 'ssh', 'host'], former)
        }
      },
      { name: 'inventory.yml' },
    )
    const planned = (await steps()).map(({ step }) => step)
    expect(planned.map((step) => step.split(' ')[0]).join(' ')).toBe(
      'restart restart restart reconfig reconfig reconfig',
    )
    expect(planned[2]).toBe(`restart ${leader ?? ''}`)
    const events = ended(await lab.run('up', lab.inventory, '--json'), 0).events()
    const begun = events.flatMap(({ is, task }) =>
      is === 'begun' && String(task).startsWith('ensemble/') ? [task] : [],
    )
    expect(begun).toHaveLength(6)
    for (const { name, former, address } of moved) {
      const all = await listening(lab, name)
      expect(all).toEqual(expect.arrayContaining([`${address}:2180`, `${address}:3989`]))
      expect(all.filter((each) => each === `${former}:2180` || each === `${former}:3989`)).toEqual([])
    }
    expect(problemsOf(lab, await statusOf(lab, 0))).toEqual([])
    await nothingToDo()
    expectServed(await writing.end())
  })
})
