import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { errors } from './faults-kit.ts'
import { audit, audited, expectNothingToDo } from './killed-kit.ts'
import { withLab } from './lab/lab.ts'
import { rollOrder } from './roll-watch.ts'
import { ended, servers } from './up-look.ts'
import { eachUnderWriter } from './writer.ts'

// What befalls a member in the middle of a roll: the roll stops, the others serve, and the next run finishes it.
describe('amid a roll, under a client that writes all the time and loses nothing', () => {
  const lab = withLab()
  let heap = 256
  const changed = () =>
    lab.edit(
      (inventory) => {
        inventory.setIn(['zookeeper', 'heap'], `${++heap}m`)
        // A leader counts out who is silent after three ticks.
        inventory.setIn(['zookeeper', 'config'], { tickTime: 1000, syncLimit: 3 })
      },
      { name: 'inventory.yml' },
    )
  const pid = "$(sed -n 's/^pid: //p' dman/run/server)"
  const signal = (host: string, name: string) => lab.exec(host, `kill -${name} ${pid}`)
  /** resolves once that member's server was stopped */
  const stopped = (host: string) => lab.exec(host, 'while [ -e dman/run/server ]; do sleep 0.01; done')
  /** stops the next server of that host as soon as it has become Java: what is on its way there is the start's, which waits for it */
  const freezesNext = (host: string) =>
    lab.exec(
      host,
      `was=$(grep ^nonce dman/run/server)
       until now=$(grep -s ^nonce dman/run/server) && [ "$now" != "$was" ]; do sleep 0.01; done
       until grep -qs QuorumPeerMain /proc/${pid}/cmdline; do sleep 0.01; done
       kill -STOP ${pid}`,
    )
  const serverOf = async (host: string) => (await servers(lab))[lab.hosts.findIndex(({ name }) => name === host)]
  const twoServe = /quorum, but not healthy, 2 of 3 members serve/
  const allServe = /healthy, 3 of 3 members serve/
  const finished = async (...args: string[]) => {
    expect(ended(await lab.run(...args, lab.inventory), 0).stdout).toMatch(allServe)
    await expectNothingToDo(lab, 'the next run finished it')
  }

  /** What an attempt in vain left, cut or frozen, must not fail the one after it. */
  const recovered = async () => {
    if ((await lab.run('status', lab.inventory)).code === 0) return
    for (const { name } of lab.hosts) {
      await lab.heal(name)
      await signal(name, 'CONT')
    }
    ended(await lab.run('up', lab.inventory), 0)
  }

  let order: readonly string[] = []
  beforeAll(async () => {
    await changed()
    ended(await lab.run('up', lab.inventory), 0)
  })
  beforeEach(async () => {
    await recovered()
    order = await rollOrder(lab)
  })
  eachUnderWriter(lab, 'roll')

  test('case 6: a host is cut off while its member restarts: exit 4, and who was not restarted', async (context) => {
    lab.needs(context, 'namespaces')
    await changed()
    const [, second = '', last = ''] = order
    const leads = await serverOf(last)
    const { length } = await audit(lab)
    const run = lab.start('up', lab.inventory)
    const isNext = ({ is, host, title = '' }: { is: string; host?: string; title?: string }) =>
      is === 'begun' && host === second && title.includes('is restarted')
    await audited(lab, length, isNext, AbortSignal.timeout(20_000))
    await lab.cut(second)
    const up = await run.done
    const address = lab.hosts.find(({ name }) => name === second)?.address ?? ''
    expect(errors(up, 4)).toEqual([
      {
        host: second,
        step: 'restart the member',
        got: expect.stringMatching(`${address}.*; the roll has stopped, without ${last}$`) as string,
        hint: expect.stringContaining('run it again') as string,
      },
    ])
    expect(up.stdout).toMatch(twoServe)
    expect(await serverOf(last)).toBe(leads)
    await lab.heal(second)
    await finished('up')
  })

  test('case 27: a server is frozen as it starts: put back, exit 1, and all serve', async () => {
    await changed()
    const [first = '', second = '', last = ''] = order
    const leads = await serverOf(last)
    const frozen = freezesNext(second)
    const up = await lab.run('up', '--timeout', '8', lab.inventory)
    await frozen
    expect(errors(up, 1)).toEqual([
      {
        host: second,
        step: expect.stringMatching(/^restart the member with conf-/) as string,
        got: expect.stringMatching(`did not come to serve.* runs conf-\\w+ again.*: ${first}$`) as string,
        hint: expect.stringContaining('the roll has stopped') as string,
      },
    ])
    expect(up.stdout).toMatch(allServe)
    expect(await serverOf(last)).toBe(leads)
    await finished('up')
  })

  test('case 27: the leader is frozen: the others elect one, it is ended and started again, and the roll stops', async () => {
    await changed()
    const [first = '', second = '', last = ''] = order
    const before = await serverOf(second)
    const frozen = stopped(first).then(() => signal(last, 'STOP'))
    const up = await lab.run('up', '--timeout', '8', lab.inventory)
    expect(await frozen).toMatchObject({ code: 0 })
    expect(errors(up, 1)).toEqual([
      {
        host: last,
        step: 'wait for the members after the last step',
        got: expect.stringContaining('ended and started again') as string,
        hint: expect.stringContaining('the roll has stopped') as string,
      },
    ])
    expect(up.stdout).toMatch(allServe)
    expect(await serverOf(second)).toBe(before)
    await finished('up')
  })

  test('a server is frozen amid a restart of all, which has nothing to put back: exit 1; once it goes on, so does the next', async () => {
    const [, second = '', last = ''] = order
    const leads = await serverOf(last)
    const frozen = freezesNext(second)
    const restart = await lab.run('restart', '--timeout', '8', lab.inventory)
    await frozen
    const told = errors(restart, 1)
    expect(told).toMatchObject([{ host: second, step: 'wait for the member to serve' }])
    expect(restart.stdout).toMatch(twoServe)
    expect(await serverOf(last)).toBe(leads)
    expect(await signal(second, 'CONT')).toMatchObject({ code: 0 })
    await finished('restart')
  })
})
