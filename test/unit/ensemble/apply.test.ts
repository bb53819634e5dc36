import { describe, expect, it } from 'vitest'
import { hostsOf, partOf } from '../../../src/ensemble/plan/step.ts'
import { type Failure, Interrupted, NoMajority, NotBegun } from '../../../src/model/failure.ts'
import { newConf, oldConf } from '../build.ts'
import { drive, type Told } from './drive.ts'
import { World } from './world.ts'

const shown = (told: readonly Told[]) =>
  told.flatMap((event) => {
    if (event.is === 'begun') return [`${event.task} ${event.title}`]
    if (event.is === 'waiting') return [`${event.task} waits for ${event.for}`]
    return event.is === 'ended'
      ? [`${event.task} ${event.outcome}${event.note === undefined ? '' : `: ${event.note}`}`]
      : []
  })

describe('advance', () => {
  it('tells who is next, why, and what is waited for', async () => {
    const world = new World({ participants: 3, observers: 0 }).stand()
    const { told } = await drive(world, world.goal(newConf, { only: new Set(['zk2']) }))
    expect(shown(told)).toEqual([
      `ensemble/zk2 is restarted: runs ${oldConf}, ${newConf} is wanted`,
      'ensemble/zk2 waits for zk2 to serve',
      'ensemble/zk2 done: serves',
    ])
  })

  it('ends a host that is done when the next one begins, and keeps one that comes again', async () => {
    const world = new World({ participants: 3, observers: 0 }).stand([false])
    const { told } = await drive(world, world.goal(newConf))
    const zk1 = shown(told).filter((line) => line.startsWith('ensemble/zk1') && !line.includes('waits'))
    expect(zk1).toEqual([
      'ensemble/zk1 is started: does not run',
      `ensemble/zk1 is restarted: runs ${oldConf}, ${newConf} is wanted`,
      'ensemble/zk1 done: serves',
    ])
  })

  it('opens a session through every member that it founded, while it waits for the others', async () => {
    const world = new World({ participants: 3, observers: 1 })
    const { told, facts } = await drive(world, world.goal(oldConf))
    expect(facts.members.map(({ session }) => session.is)).toEqual(['present', 'present', 'present', 'present'])
    expect(shown(told).filter((line) => line.includes('session'))).toEqual([])
  })

  it('case 6: an answer that was lost is observed, not assumed: it went well, and a warning is left', async () => {
    const world = new World({ participants: 3, observers: 0, mishaps: [{ at: 0, what: 'lose-reply' }] }).stand()
    const { told, failures, did } = await drive(world, world.goal(newConf))
    expect(failures).toEqual([])
    expect(did.filter(({ step }) => step.kind === 'restart')).toHaveLength(3)
    expect(told.filter((event) => event.is === 'log').map(({ level }) => level)).toEqual(['warn'])
  })

  it('case 27: tells the failed member, and the outcome has the failure with what was done', async () => {
    const behaves = (host: string, conf: string) => (host === 'zk2' && conf === newConf ? 'silent' : 'serves')
    const world = new World({ participants: 3, observers: 0, behaves }).stand()
    const { told, failures, did } = await drive(world, world.goal(newConf))
    expect(did.filter(({ step }) => step.kind !== 'record').map(({ step }) => step.kind)).toEqual([
      'restart',
      'restart',
      'put-back',
    ])
    expect(failures.map(({ host, exit }) => [host, exit])).toEqual([['zk2', 1]])
    expect(shown(told).filter((line) => line.startsWith('ensemble/zk2 done'))).toEqual([])
    expect(shown(told).at(-1)).toMatch(
      /^ensemble\/zk2 failed: it did not come to serve, and runs conf-000000000001 again/,
    )
    expect(world.machines.map(({ server }) => server?.conf)).toEqual([newConf, oldConf, oldConf])
  })

  it('case 41: with the lock lost it ends at once, exit 6, and puts nothing back', async () => {
    const behaves = (host: string, conf: string) => (host === 'zk1' && conf === newConf ? 'silent' : 'serves')
    const world = new World({
      participants: 3,
      observers: 0,
      behaves,
      mishaps: [{ at: 5_000, what: 'lose-lock' }],
    }).stand()
    const { failures, did } = await drive(world, world.goal(newConf))
    expect(failures.map(({ exit }) => exit)).toEqual([6])
    expect(did.at(-1)?.step.kind).toBe('put-back')
    expect(world.machines[0]?.server?.conf).toBe(newConf)
    // The next holder's repair does it.
    world.calm()
    const next = await drive(world, world.goal(newConf))
    expect(next.failures.map(({ host }) => host)).toEqual(['zk1'])
    expect(world.machines[0]?.server?.conf).toBe(oldConf)
  })

  const refusing = (world: World, why: () => Failure, times = Infinity) => {
    const act = world.act.bind(world)
    let tries = 0
    world.act = (step, goal) => {
      if (tries++ < times) throw why()
      act(step, goal)
    }
    return () => tries
  }

  it('case 41: a majority that is lost before a member is taken down ends it as that: nothing was done, nothing more is', async () => {
    const world = new World({ participants: 3, observers: 0 }).stand()
    const got = 'only on 1 of 3 hosts, which is no majority'
    const tries = refusing(world, () => new NoMajority({ step: 'hold the lock', got, hint: '' }))
    const { failures, did, told } = await drive(world, world.goal(newConf))
    expect(
      shown(told)
        .filter((line) => line.startsWith('ensemble/zk1'))
        .at(-1),
    ).toBe(`ensemble/zk1 failed: ${got}`)
    expect(failures.map((failure) => [failure.constructor, failure.got, failure.exit])).toEqual([[NoMajority, got, 4]])
    expect(did).toEqual([])
    expect(tries()).toBe(1)
  })

  it('case 26: what was refused before it acted is no try: once it may be done it is done', async () => {
    const world = new World({ participants: 3, observers: 0 }).stand()
    const got = 'without zk1 1 of 3 participants would serve'
    refusing(world, () => new NotBegun({ host: 'zk1', step: 'take down', got, hint: '' }), 5)
    const { failures, did, told } = await drive(world, world.goal(newConf))
    expect(failures).toEqual([])
    expect(did.filter(({ step }) => step.kind === 'restart')).toHaveLength(3)
    expect(shown(told).filter((line) => line.startsWith('ensemble/zk1 is restarted'))).toHaveLength(1)
  })

  it('case 26: and where it never may be done, that is what is told once the time is over', async () => {
    const world = new World({ participants: 3, observers: 0 }).stand()
    const got = 'without zk1 1 of 3 participants would serve'
    refusing(world, () => new NotBegun({ host: 'zk1', step: 'take down', got, hint: '' }))
    const { failures, did, took } = await drive(world, world.goal(newConf))
    expect(failures.map((failure) => failure.got)).toEqual([got])
    expect(did).toEqual([])
    expect(took).toBeGreaterThanOrEqual(8_000)
  })

  it('a host where nothing was begun counts no try, and the others do', async () => {
    const world = new World({ participants: 3, observers: 0 }).stand([false, false, false])
    const act = world.act.bind(world)
    let first = true
    world.act = (step, goal) => {
      act(first ? (partOf(step, (host) => host !== 'zk3') ?? step) : step, goal)
      const isFirst = first
      first = false
      if (isFirst) throw new NotBegun({ host: 'zk3', step: 'start', got: 'not locked', hint: '' })
    }
    const { failures, did } = await drive(world, world.goal(oldConf))
    expect(failures).toEqual([])
    expect(did.slice(0, 2).map(({ step }) => hostsOf(step))).toEqual([['zk1', 'zk2'], ['zk3']])
  })

  it('case 23: says what is left', async () => {
    const world = new World({ participants: 3, observers: 0 }).stand()
    const { failures } = await drive(world, world.goal(newConf), { interruptAt: 100 })
    expect(failures[0]).toBeInstanceOf(Interrupted)
    expect(failures[0]?.got).toBe('interrupted between two steps; left to do: restart zk2; restart zk3')
  })

  it('says who is next, and at the end who of these was left alone', async () => {
    const behaves = (host: string, conf: string) => (host === 'zk1' && conf === newConf ? 'ends' : 'serves')
    const world = new World({ participants: 3, observers: 0, behaves }).stand()
    const { told } = await drive(world, world.goal(newConf))
    expect(shown(told).filter((line) => line.startsWith('ensemble/zk2'))).toEqual([
      'ensemble/zk2 waits for zk1, and is next',
      'ensemble/zk2 unchanged: not restarted',
    ])
  })
})
