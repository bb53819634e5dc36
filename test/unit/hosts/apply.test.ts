import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { type LayingOut, layOutAll, tidyAll } from '../../../src/hosts/apply.ts'
import { desiredHost } from '../../../src/hosts/desired.ts'
import { type HostChange, planHost } from '../../../src/hosts/plan.ts'
import type { Emit } from '../../../src/model/event.ts'
import { present } from '../../../src/model/fact.ts'
import { failuresOf, NotBegun, OutcomeUnknown } from '../../../src/model/failure.ts'
import { archive, host, inventory, materials } from './build.ts'
import { type Answers, fakeLocked } from './fake-locked.ts'

const want = desiredHost(
  inventory(),
  'zk1',
  materials({ java: archive('java', 'one', { size: 5 }), zookeeper: archive('zookeeper', 'one', { size: 9 }) }),
)
const [java, zookeeper] = want.archives.map(({ release }) => release)
const unpacked: Answers = { unpack: () => true, crontab: () => ({ is: 'written' }) }
const gone = new OutcomeUnknown({ step: 'send', got: 'connection lost', hint: '' })

type Fake = ReturnType<typeof fakeLocked>

/** As it is done where that is the only host. */
const layOut = ({ locked }: Fake, changes: readonly HostChange[], how: LayingOut): Promise<void> =>
  layOutAll(() => Promise.resolve(locked), new Map([[locked.host, changes]]), {
    ...how,
    concurrency: 1,
    interrupted: new AbortController().signal,
  })

async function laid(changes: readonly HostChange[], answers: Answers = unpacked) {
  const events: Parameters<Emit>[0][] = []
  const fake = fakeLocked('zk1', answers)
  const open = ({ kind }: { kind: string }) => Readable.from([kind === 'java' ? 'JJJJJ' : 'ZZZZZZZZZ'])
  const how = { token: 'abc', open, emit: (event: Parameters<Emit>[0]) => void events.push(event) }
  const failures = await layOut(fake, changes, how).then(
    () => [],
    (thrown: unknown) => failuresOf(thrown).map(({ message }) => message),
  )
  return { ...fake, events, failures }
}

describe('laying out a host', () => {
  it('does nothing for no changes', async () => {
    const { told, events } = await laid([])
    expect([told, events]).toEqual([[], []])
  })

  it('lays a bare host: one call for all files, each archive sent and then unpacked', async () => {
    const { told, begun } = await laid(planHost(want, host(1).facts))
    expect(begun).toHaveLength(6)
    expect(begun).toContain('crontab')
    const argsOf = (name: string) => told.filter((one) => one.name === name).map(({ args }) => args)
    expect(argsOf('lay')).toMatchObject([
      {
        folders: ['bin', 'log', 'run', 'cache', 'tmp', 'releases'],
        files: Object.keys(want.bin).map((name) => ({ path: `bin/${name}` })),
        confs: [{ release: want.conf.release, links: want.conf.links }],
      },
    ])
    expect(argsOf(`send ${java}.abc`)).toEqual([{ text: 'JJJJJ', size: 5 }])
    expect(argsOf('unpack')).toContainEqual({
      staged: `${zookeeper}.abc`,
      sha256: want.archives[1]?.sha256,
      release: zookeeper,
      kind: 'zookeeper',
    })
  })

  it('lays files while an archive goes up, and unpacks one while the next goes up', async () => {
    const under: string[] = []
    const seen: string[] = []
    const slow = (name: string) => async () => {
      under.push(name)
      seen.push(under.join())
      await new Promise((resolve) => setImmediate(resolve))
      under.splice(under.indexOf(name), 1)
      return true
    }
    const answers = {
      ...unpacked,
      lay: slow('lay'),
      unpack: slow('unpack'),
      [`send ${java}.abc`]: slow('java'),
      [`send ${zookeeper}.abc`]: slow('zookeeper'),
    }
    await laid(planHost(want, host(1).facts), answers)
    expect(seen).toEqual(['lay', 'lay,java', 'unpack', 'unpack,zookeeper', 'unpack'])
  })

  it('case 36: a crontab that could not be written fails nothing, and is told', async () => {
    const { failures, events } = await laid(planHost(want, host(1).facts), {
      ...unpacked,
      crontab: () => ({ is: 'unknown', why: 'not allowed' }),
    })
    expect(failures).toEqual([])
    expect(events.filter(({ is }) => is === 'log')).toMatchObject([
      {
        level: 'warn',
        text: expect.stringMatching(/^zk1: the crontab was not changed: not allowed; .*reboot/) as string,
      },
    ])
  })

  it('sees to the supervision of what runs last of all', async () => {
    const supervision = { ...host(1).asDesired(want).laidFacts.supervision, alive: false }
    const facts = host(1).asDesired(want).laid({ supervision, bin: {} }).facts
    const { told } = await laid(planHost(want, facts))
    expect(told.map(({ name }) => name)).toEqual(['lay', 'member'])
    expect(told[1]?.args).toEqual({ start: true })
  })

  it('case 37, case 5: sweeps before, with what a failed try left, and no previous release; what ran was settled when the lock was taken', async () => {
    const running = [{ script: 'unpack', pid: 7, start: '1', token: 't' }]
    const leftovers = ['tmp/java-1.t']
    const [failed, older] = ['conf-000000000000', 'conf-111111111111']
    const releases = [...want.archives.map(({ release }) => release), want.conf.release, failed, older]
    const { linked } = host(1).asDesired(want).laidFacts
    const facts = host(1)
      .asDesired(want)
      .laid({ running, leftovers, releases, open: ['data'], previous: present(older) })
      .laid({ linked: { ...linked, [older]: [java ?? '', zookeeper ?? ''] } })
    const heap = desiredHost(inventory(3, { zookeeper: { ...inventory().zookeeper, heap: '1g' } }), 'zk1', materials())
    const { told } = await laid(planHost({ ...heap, archives: want.archives }, facts.facts))
    expect(told.map(({ name }) => name)).toEqual(['sweep', 'lay'])
    expect(told[0]?.args).toEqual({ paths: leftovers, releases: [failed] })
    expect(told[1]?.args).toMatchObject({ closed: ['data'], folders: [] })
  })

  it('case 5: a lost upload fails that host, is not unpacked, and the rest ends first; no former data is removed', async () => {
    const changes: HostChange[] = [
      ...planHost(want, host(1).facts),
      { kind: 'remove-aside', host: 'zk1', path: '', summary: '', reason: '', paths: ['data.aside/1'] },
    ]
    const answers = { ...unpacked, [`send ${zookeeper}.abc`]: () => Promise.reject(gone) }
    const { failures, ended, begun, events } = await laid(changes, answers)
    expect(failures).toEqual(['zk1: send: connection lost'])
    expect(begun.filter((name) => name === 'unpack')).toHaveLength(1)
    expect(begun).not.toContain('sweep')
    expect(ended).toContain('unpack')
    expect(events.filter(({ is }) => is === 'ended')).toMatchObject([
      { task: 'hosts/zk1/java', outcome: 'done' },
      { task: 'hosts/zk1/zookeeper', outcome: 'unknown' },
      { task: 'hosts/zk1', outcome: 'unknown' },
    ])
  })

  it('tells what happens: bytes of each archive, seldom, and the end', async () => {
    const { events } = await laid(planHost(want, host(1).facts))
    expect(events.filter(({ task }) => task === 'hosts/zk1/java')).toEqual([
      { task: 'hosts/zk1/java', host: 'zk1', is: 'begun', title: 'java' },
      { task: 'hosts/zk1/java', host: 'zk1', is: 'progress', done: 5, total: 5, unit: 'bytes' },
      { task: 'hosts/zk1/java', host: 'zk1', is: 'waiting', for: 'unpacking' },
      { task: 'hosts/zk1/java', host: 'zk1', is: 'ended', outcome: 'done' },
    ])
    expect(events.filter(({ is }) => is === 'begun').map(({ task }) => task)).toEqual([
      'hosts/zk1',
      'hosts/zk1/java',
      'hosts/zk1/zookeeper',
    ])
  })

  it('redraws seldom however many chunks there are', async () => {
    const big = archive('java', 'one', { size: 10_000 })
    const fake = fakeLocked('zk1', unpacked)
    const progress: number[] = []
    const emit: Emit = (event) => {
      if (event.is === 'progress') progress.push(event.done)
    }
    const open = () => Readable.from(Array.from({ length: 10_000 }, () => 'x'))
    const change: HostChange = { kind: 'unpack', host: 'zk1', path: '', summary: '', reason: '', archive: big }
    await layOut(fake, [change], { token: 'abc', open, emit })
    expect(progress.length).toBeLessThan(50)
    expect(progress.at(-1)).toBe(10_000)
  })
})

describe('laying out all hosts', () => {
  const changes = planHost(
    want,
    host(1)
      .asDesired(want)
      .laid({ leftovers: ['tmp/x'] }).facts,
  )
  const notBegun = new NotBegun({ host: 'zk1', step: 'take the lock', got: 'out of reach', hint: '', exit: 4 })
  const all = (
    answers: Answers,
    concurrency: number,
    interrupted = new AbortController().signal,
    unlocked?: string,
  ) => {
    const fakes = ['zk1', 'zk2', 'zk3'].map((name) => fakeLocked(name, answers))
    const plans = new Map([
      ['zk1', changes],
      ['zk2', changes],
      ['zk3', []],
    ])
    const how = { token: 'abc', open: () => Readable.from([]), emit: () => undefined, concurrency, interrupted }
    const lockOf = (name: string) => {
      const locked = fakes.map((fake) => fake.locked).find((one) => one.host === name)
      return locked === undefined || name === unlocked ? Promise.reject(notBegun) : Promise.resolve(locked)
    }
    const done = layOutAll(lockOf, plans, how)
    return { fakes, done }
  }

  it('leaves hosts without changes alone', async () => {
    const { fakes, done } = all({}, 5)
    await done
    expect(fakes.map(({ begun }) => begun)).toEqual([['sweep'], ['sweep'], []])
  })
  it.each([1, 2])('goes %i at a time', async (concurrency) => {
    let open = 0
    let most = 0
    const slow = async () => {
      most = Math.max(most, ++open)
      await new Promise((resolve) => setImmediate(resolve))
      open--
    }
    await all({ sweep: slow }, concurrency).done
    expect(most).toBe(concurrency)
  })
  it('case 23: after Ctrl-C finishes the host under way, begins no other, and says which are left', async () => {
    const controller = new AbortController()
    const { fakes, done } = all({ sweep: () => controller.abort() }, 1, controller.signal)
    const left = { exit: 130, got: 'interrupted between two hosts; left to do: zk2' }
    await expect(done).rejects.toMatchObject({ exit: 130, all: [left] })
    expect(fakes.map(({ begun }) => begun)).toEqual([['sweep'], [], []])
  })
  it('case 23: says which are left, and ends as interrupted, also where the host under way fails', async () => {
    const controller = new AbortController()
    const fails = () => {
      controller.abort()
      return Promise.reject(gone)
    }
    const { done } = all({ sweep: fails }, 1, controller.signal)
    const left = { exit: 130, got: 'interrupted between two hosts; left to do: zk2' }
    await expect(done).rejects.toMatchObject({ exit: 130, all: [{ host: 'zk1', exit: 4 }, left] })
  })
  it('a host whose lock cannot be had is told, and stops none of the others', async () => {
    const { fakes, done } = all({}, 1, undefined, 'zk1')
    await expect(done).rejects.toMatchObject({ all: [notBegun] })
    expect(fakes.map(({ begun }) => begun)).toEqual([[], ['sweep'], []])
  })
  it('a host that fails stops none of the others', async () => {
    const { fakes, done } = all({ sweep: () => Promise.reject(gone) }, 1)
    await expect(done).rejects.toMatchObject({ all: [{ host: 'zk1' }, { host: 'zk2' }], exit: 4 })
    expect(fakes.map(({ begun }) => begun.length)).toEqual([1, 1, 0])
  })
  it('what waits until all members serve is left out, and done afterwards, on those hosts alone', async () => {
    const waits: HostChange = {
      kind: 'remove-release',
      host: 'zk1',
      path: '',
      summary: '',
      reason: '',
      release: 'conf-000000000000',
      once: 'serves',
    }
    const fakes = ['zk1', 'zk2'].map((name) => fakeLocked(name, {}))
    const plans = new Map([
      ['zk1', [waits]],
      ['zk2', changes],
    ])
    const lockOf = (name: string) => Promise.resolve((name === 'zk1' ? fakes[0] : fakes[1])?.locked as never)
    const interrupted = new AbortController().signal
    const how = { token: 'abc', open: () => Readable.from([]), emit: () => undefined, concurrency: 2, interrupted }
    await layOutAll(lockOf, plans, how)
    expect(fakes.map(({ begun }) => begun)).toEqual([[], ['sweep']])
    await tidyAll(lockOf, plans, how)
    expect(fakes.map(({ begun }) => begun)).toEqual([['sweep'], ['sweep']])
    expect(fakes[0]?.told[0]?.args).toEqual({ releases: ['conf-000000000000'] })
  })
})
