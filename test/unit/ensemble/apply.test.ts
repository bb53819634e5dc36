import { describe, expect, it } from 'vitest'
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
      'ensemble/zk2 waits for a session through zk2',
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

  it('opens a session through every member that it founded', async () => {
    const world = new World({ participants: 3, observers: 1 })
    const { told, facts } = await drive(world, world.goal(oldConf))
    expect(shown(told).filter((line) => line.includes('session')).length).toBe(4)
    expect(facts.members.every(({ session }) => session.is === 'present')).toBe(true)
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

  it('case 23: says what is left', async () => {
    const world = new World({ participants: 3, observers: 0 }).stand()
    const { failures } = await drive(world, world.goal(newConf), { interruptAt: 100 })
    expect(failures[0]?.exit).toBe(130)
    expect(failures[0]?.got).toBe('interrupted between two steps; left to do: restart zk2; restart zk3')
  })
})
