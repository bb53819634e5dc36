import { beforeAll, describe, expect, test } from 'vitest'
import { kazoo } from './kazoo.ts'
import { withLab } from './lab/lab.ts'
import { haveRoles, type Roles } from './lab/roles.ts'
import { ended, onAll, ownProcesses, problemsOf, states, statusOf } from './up-look.ts'
import { expectServed, writer } from './writer.ts'

describe('who belongs, changed by editing the inventory', () => {
  const lab = withLab({ hosts: 5 })
  const have = (roles: Roles) => haveRoles(lab, roles)
  const all = (role: Roles[string], ...names: string[]) => Object.fromEntries(names.map((name) => [name, role]))
  const steps = async (code: number, ...args: string[]) => {
    const plan = ended(await lab.run('plan', lab.inventory, '--json', ...args), code).json() as {
      steps: { kind: string; hosts: string[] }[]
    }
    return plan.steps.map(({ kind, hosts }) => `${kind} ${hosts.join()}`)
  }
  /** the lines that the host's own server wrote down last */
  const members = async (host: string) => {
    const { stdout } = await lab.exec(
      host,
      'cat "dman/data/$(sed -n \'s/.*dynamicConfigFile=.*\\///p\' dman/data/zoo.cfg | tail -n 1)"',
    )
    return [...stdout.matchAll(/server\.(\d)=[^;]*:(participant|observer);/g)].map(([, id, role]) => `${id} ${role}`)
  }
  const voters = (...ids: number[]) => ids.map((id) => `${id} participant`)

  beforeAll(async () => {
    await have(all('participant', 'zk1'))
    ended(await lab.run('up', lab.inventory), 0)
  })

  test('case 22: grows from one to three to five and shrinks to three, its leader too, under a writer that loses nothing', async (context) => {
    const reader = await kazoo('3', '2.11.0')
    if ('why' in reader) {
      // what the tests below begin with
      await have(all('participant', 'zk1', 'zk2', 'zk3'))
      ended(await lab.run('up', lab.inventory), 0)
      return context.skip(reader.why)
    }
    const writing = await writer(lab, reader, 'growth')

    await have(all('participant', 'zk1', 'zk2', 'zk3'))
    expect(await steps(0)).toEqual(['join zk2', 'reconfig zk2', 'join zk3', 'reconfig zk3'])
    ended(await lab.run('up', lab.inventory), 0)
    expect((await statusOf(lab, 0)).members.map(({ host }) => host)).toEqual(['zk1', 'zk2', 'zk3'])

    await have(all('participant', 'zk1', 'zk2', 'zk3', 'zk4', 'zk5'))
    ended(await lab.run('up', lab.inventory), 0)
    expect(await members('zk2')).toEqual(voters(1, 2, 3, 4, 5))

    const { leader } = await statusOf(lab, 0)
    const other = leader === 'zk2' ? 'zk3' : 'zk2'
    const stay = lab.hosts.filter(({ name }) => name !== leader && name !== other)
    await have({ ...all('participant', ...stay.map(({ name }) => name)), ...all('absent', leader ?? '', other) })
    expect(await steps(0)).toEqual([`reconfig ${other}`, `stop ${other}`, `reconfig ${leader}`, `stop ${leader}`])
    const unasked = ended(await lab.run('up', lab.inventory), 3)
    expect(unasked.stderr).toMatch(/leave the ensemble/)
    ended(await lab.run('up', '--yes', lab.inventory), 0)
    expect(await members(stay[0]?.name ?? '')).toEqual(voters(...stay.map(({ id }) => id)))
    const status = await statusOf(lab, 0)
    expect(status.members.filter(({ role }) => role === 'absent').map(({ state }) => state)).toEqual(['down', 'down'])
    expect(problemsOf(lab, status)).toEqual([])
    const of = [leader ?? '', other]
    expect(await onAll(lab, ownProcesses('[d]man.nonce|[b]in/supervise'), { of })).toEqual(['', ''])
    if (lab.kind === 'namespaces') expect(await onAll(lab, 'crontab -l 2>/dev/null || :', { of })).toEqual(['', ''])
    expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')

    expectServed(await writing.end())
  })

  test('a participant becomes an observer and one again, in the running process', async () => {
    const { members: now, leader } = await statusOf(lab, 0)
    const stay = now.filter(({ role }) => role === 'participant').map(({ host }) => host)
    const one = stay.find((host) => host !== leader) ?? ''
    const pids = () => onAll(lab, 'sed -n "s/^pid: //p" dman/run/server 2>/dev/null; true')
    const before = await pids()
    await have({ ...all('participant', ...stay), [one]: 'observer' })
    ended(await lab.run('up', lab.inventory), 0)
    expect(states(await statusOf(lab, 0))).toContain(`${one} observer`)
    await have(all('participant', ...stay))
    expect(await steps(0)).toEqual([`reconfig ${one}`])
    ended(await lab.run('up', lab.inventory), 0)
    expect(states(await statusOf(lab, 0))).toContain(`${one} follower`)
    expect(await pids()).toEqual(before)
  })

  test('case 34: a vanished entry is refused, named, with what to write; nothing is changed', async () => {
    const { members: now } = await statusOf(lab, 0)
    const hosts = now.map(({ host }) => host)
    const [gone = ''] = hosts
    const id = lab.hosts.find(({ name }) => name === gone)?.id ?? 0
    await have(all('participant', ...hosts.slice(1)))
    for (const command of ['plan', 'up', 'restart', 'stop', 'destroy']) {
      const refused = ended(await lab.run(command, lab.inventory, '--yes'), 5)
      expect(refused.stderr).toContain(`server.${id} (`)
      expect(refused.stderr).toMatch(new RegExp(`NAME: \\{ id: ${id}, address: [0-9.]+, role: participant \\}`))
    }
    const told = (await lab.run('status', lab.inventory)).stdout
    expect(told).toContain(`server.${id} (`)
    expect(await members(hosts[1] ?? '')).toHaveLength(3)
    await have(all('participant', ...hosts))
    expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')
  })

  test('a leaver out of reach goes with --yes alone, and is told of until it was seen stopped', async (context) => {
    lab.needs(context, 'namespaces')
    const { members: now, leader } = await statusOf(lab, 0)
    const hosts = now.map(({ host }) => host)
    const gone = hosts.find((host) => host !== leader) ?? ''
    const stay = hosts.filter((host) => host !== gone)
    await lab.cut(gone)
    await have({ ...all('participant', ...stay), [gone]: 'absent' })
    const unasked = ended(await lab.run('up', lab.inventory), 3)
    expect(unasked.stderr).toMatch(new RegExp(`${gone} cannot be reached`))
    expect(await members(stay[0] ?? '')).toHaveLength(3)
    ended(await lab.run('up', '--yes', lab.inventory), 0)
    expect(await members(stay[0] ?? '')).toHaveLength(2)
    const problems = async (code: number) =>
      (await statusOf(lab, code)).members.find(({ host }) => host === gone)?.problems.join()
    expect(await problems(0)).toContain('was not seen stopped')
    await have(all('participant', ...stay))
    expect(ended(await lab.run('up', lab.inventory), 3).stderr).toContain('was not seen stopped')

    await lab.heal(gone)
    await have({ ...all('participant', ...stay), [gone]: 'absent' })
    await expect.poll(() => problems(1), { timeout: 20_000 }).toContain('still runs')
    expect(await steps(0)).toEqual([`stop ${gone}`])
    ended(await lab.run('up', lab.inventory), 0)
    expect(await problems(0)).toBe('')
    await have(all('participant', ...stay))
    expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')
  })

  test('an id is not given to another host', async () => {
    const { members: now } = await statusOf(lab, 0)
    const hosts = now.map(({ host }) => host)
    const left = lab.hosts.find(({ name }) => !hosts.includes(name))
    const address = lab.hosts.find(({ name }) => name !== left?.name && !hosts.includes(name))?.address ?? ''
    await lab.edit((inventory) => inventory.setIn(['hosts', 'other'], { id: left?.id ?? 0, address }), {
      name: 'inventory.yml',
    })
    const refused = ended(await lab.run('up', lab.inventory), 5)
    expect(refused.stderr).toContain(`its id ${left?.id ?? 0} was that of ${left?.name ?? ''}`)
  })
})
