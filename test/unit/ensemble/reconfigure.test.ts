import { describe, expect, it } from 'vitest'
import type { Left } from '../../../src/ensemble/facts.ts'
import { leftPath, readLeft } from '../../../src/ensemble/left.ts'
import { noteGone, reconfigure } from '../../../src/ensemble/reconfigure.ts'
import { Failure, NotBegun, Refused, Unreachable } from '../../../src/model/failure.ts'
import { formatMember, type Member, member } from '../../../src/zookeeper/config.ts'
import {
  type Admin,
  type Operation,
  type Reconfig,
  type Stat,
  ZooKeeperError,
} from '../../../src/zookeeper/zookeeper.ts'
import { ports } from '../build.ts'

const line = (id: number): Member => member(id, `10.0.0.${id}`, ports)
const version = (of: number) => of.toString(16).padStart(16, '0')

/** What becomes of the next requests: lost before or after they take effect, or later than the ones behind them. */
type Fate = 'well' | 'lost' | 'lost and done' | 'late' | 'RECONFIG_IN_PROGRESS' | 'NEW_CONFIG_NO_QUORUM' | 'NO_AUTH'

/** One ensemble behind its sessions. */
function ensembleOf(fates: Fate[] = []) {
  const state = { version: 7, members: [line(1), line(2), line(3)] as readonly Member[], opened: 0, closed: 0 }
  const znodes = new Map<string, { data: Buffer; version: number }>()
  let late: Reconfig | undefined
  const apply = ({ joining, leaving, from }: Reconfig) => {
    if (from !== version(state.version)) throw new ZooKeeperError('BAD_VERSION', 'reconfig: BAD_VERSION')
    state.members = [...state.members.filter(({ id }) => !leaving.includes(id)), ...joining]
    state.version += 1
  }
  const write = (operation: Operation) => {
    if (operation.do === 'create') znodes.set(operation.path, { data: operation.data, version: 0 })
    if (operation.do !== 'set') return
    const before = znodes.get(operation.path)
    if (before?.version !== operation.version) throw new ZooKeeperError('BAD_VERSION', 'set: BAD_VERSION')
    znodes.set(operation.path, { data: operation.data, version: before.version + 1 })
  }
  const config = () => Buffer.from(`${state.members.map(formatMember).join('\n')}\nversion=${version(state.version)}`)
  const get = (path: string) => {
    if (path === '/zookeeper/config') return { data: config(), stat: {} as Stat }
    const found = znodes.get(path)
    return found === undefined ? null : { data: found.data, stat: { version: found.version } as Stat }
  }
  const session = {
    sync: () => Promise.resolve(),
    get: (path: string) => Promise.resolve(get(path)),
    exists: (path: string) => Promise.resolve(get(path)?.stat ?? null),
    multi: (operations: readonly Operation[]) => {
      operations.forEach(write)
      return Promise.resolve()
    },
    reconfig: async (change: Reconfig) => {
      await Promise.resolve()
      const fate = fates.shift() ?? 'well'
      if (fate === 'lost and done') apply(change)
      if (fate.startsWith('lost') || fate === 'late') {
        if (fate === 'late') late = change
        throw new ZooKeeperError('CONNECTION_LOSS', 'reconfig: the connection was closed')
      }
      if (fate !== 'well') throw new ZooKeeperError(fate, `reconfig: ${fate}`)
      apply(change)
      return { version: version(state.version), members: state.members }
    },
    close: () => Promise.resolve(void (state.closed += 1)),
  } as unknown as Admin
  return {
    state,
    session,
    znodes,
    /** the request that was on its way for so long comes now */
    arrives: () => late !== undefined && apply(late),
    administration: { acl: [], open: () => Promise.resolve(((state.opened += 1), session)) },
  }
}

const removal: Reconfig = { joining: [], leaving: [3], from: version(7) }
const left: Left = { id: 3, host: 'zk3', address: '10.0.0.3', stopped: false }
const noPause = () => Promise.resolve()
const done = ({ administration }: ReturnType<typeof ensembleOf>, change = removal) =>
  reconfigure('zk3', change, left, administration, noPause)
const ids = ({ state }: ReturnType<typeof ensembleOf>) => state.members.map(({ id }) => id)

describe('a change of who belongs', () => {
  it('is made once, and who leaves is remembered before', async () => {
    const ensemble = ensembleOf()
    await done(ensemble)
    expect([ids(ensemble), ensemble.state.version]).toEqual([[1, 2], 8])
    expect(await readLeft(ensemble.session)).toEqual({ is: 'present', value: [left] })
    expect([...ensemble.znodes.keys()]).toEqual(['/dman', '/dman/meta', leftPath])
    expect(ensemble.state.opened).toBe(ensemble.state.closed)
  })

  it.each<Fate>(['lost', 'lost and done'])(
    'case 6: a reply that is %s is resolved by what the config says',
    async (fate) => {
      const ensemble = ensembleOf([fate])
      await done(ensemble)
      expect([ids(ensemble), ensemble.state.version]).toEqual([[1, 2], 8])
    },
  )

  it('case 6: a request that is on its way can have no effect once the change was told to be made', async () => {
    const ensemble = ensembleOf(['late'])
    await done(ensemble)
    expect(ensemble.arrives).toThrow('BAD_VERSION')
    expect([ids(ensemble), ensemble.state.version]).toEqual([[1, 2], 8])
  })

  it('is not made from another version than it was planned from, and says that nothing was changed', async () => {
    const ensemble = ensembleOf()
    await expect(done(ensemble, { ...removal, from: version(6) })).rejects.toBeInstanceOf(NotBegun)
    for (const fate of ['RECONFIG_IN_PROGRESS', 'NEW_CONFIG_NO_QUORUM'] as const)
      await expect(done(ensembleOf([fate]))).rejects.toBeInstanceOf(NotBegun)
    expect(ids(ensemble)).toEqual([1, 2, 3])
  })

  it('a change under way after a lost reply is waited for: it may be ours', async () => {
    const ensemble = ensembleOf(['lost', 'RECONFIG_IN_PROGRESS', 'well'])
    await done(ensemble)
    expect(ids(ensemble)).toEqual([1, 2])
  })

  it('a session that cannot be had for now is tried again, and nothing else that fails before it', async () => {
    const opens = (thrown: Error) => {
      const ensemble = ensembleOf()
      const { acl, open } = ensemble.administration
      const first = [thrown]
      const openOnce = () => {
        const why = first.pop()
        return why === undefined ? open() : Promise.reject(why)
      }
      return { ...ensemble, administration: { acl, open: openOnce } }
    }
    const why = { host: 'zk2', step: 'open a session', got: 'gone', hint: 'look' }
    const away = opens(new Unreachable(why))
    await done(away)
    expect(ids(away)).toEqual([1, 2])
    const other = opens(new Failure(why))
    await expect(done(other)).rejects.toMatchObject({ got: 'gone' })
    expect(ids(other)).toEqual([1, 2, 3])
  })

  it('tells of a refused password, and of a connection that stays lost', async () => {
    // Refused, so that it is not tried again.
    const denied = await done(ensembleOf(['NO_AUTH'])).catch((thrown: unknown) => thrown)
    expect(denied).toBeInstanceOf(Refused)
    expect(denied).toMatchObject({ host: 'zk3', exit: 5, got: expect.stringContaining('password') as string })
    await expect(done(ensembleOf(Array<Fate>(20).fill('lost')))).rejects.toMatchObject({
      got: expect.stringContaining('connection') as string,
    })
  })

  it('notes who was seen stopped, and leaves what a later version wrote', async () => {
    const ensemble = ensembleOf()
    await done(ensemble)
    await noteGone([3, 9], ensemble.administration)
    expect(await readLeft(ensemble.session)).toMatchObject({ value: [{ id: 3, stopped: true }] })
    ensemble.znodes.set(leftPath, { data: Buffer.from('{"format":2,"left":[]}'), version: 0 })
    expect(await readLeft(ensemble.session)).toMatchObject({ is: 'unknown', why: { exit: 5 } })
    await expect(noteGone([3], ensemble.administration)).rejects.toMatchObject({ exit: 5 })
    for (const text of [
      '',
      '[]',
      '{"left":[]}',
      '{"format":"x","left":[]}',
      '{"format":1,"left":[{"id":1}]}',
      'null',
    ]) {
      ensemble.znodes.set(leftPath, { data: Buffer.from(text), version: 0 })
      expect((await readLeft(ensemble.session)).is).toBe('unknown')
    }
  })
})
