import { describe, expect, test } from 'vitest'
import type { Converge } from '../../../../src/ensemble/desired.ts'
import { linesOf } from '../../../../src/ensemble/plan/founding.ts'
import { memberProblems, newMembers, unseenLeavers } from '../../../../src/ensemble/restore/members.ts'
import { unknown } from '../../../../src/model/fact.ts'
import { Failure } from '../../../../src/model/failure.ts'
import type { HostName, Role } from '../../../../src/model/names.ts'
import { ensemble, ports } from '../../build.ts'
import { listing } from './kit.ts'

const three = ensemble(3)
const lines = linesOf({ members: three.desired, ports })
/** nobody serves, and by its own file each is one of three */
const down = listing(three.down('zk1', 'zk2', 'zk3').facts, lines)
const as = (goal: Converge, host: HostName, role: Role): Converge => ({
  ...goal,
  members: goal.members.map((member) => (member.host === host ? { ...member, role } : member)),
})
const without = (goal: Converge, host: HostName): Converge => ({
  ...goal,
  members: goal.members.filter((member) => member.host !== host),
})

describe('who belongs after a restore', () => {
  test('a running ensemble has to be as the inventory says', () => {
    const five = ensemble(5).converge()
    expect(memberProblems(three.converge(), three.facts)).toEqual([])
    expect(memberProblems(five, three.facts)).toMatchObject([{ exit: 5 }, { exit: 5 }])
    const leaving = as(three.converge(), 'zk3', 'absent')
    expect(memberProblems(leaving, three.facts).map(({ host, hint }) => [host, hint.includes('`up`')])).toEqual([
      [undefined, true],
      ['zk3', true],
    ])
  })

  test('unknown is not nobody', () => {
    const why = new Failure({ step: 'open a session', got: 'refused', hint: '' })
    expect(memberProblems(three.converge(), { ...three.facts, config: unknown(why) })).toMatchObject([
      { exit: 5, hint: expect.stringContaining('`stop`') as string },
    ])
  })

  test('while nobody serves, hosts that are new and others that leave are as the inventory says', () => {
    const grown = ensemble(4).converge()
    expect(memberProblems(grown, down)).toEqual([])
    expect(newMembers(grown, down)).toEqual({ former: 'zk1, zk2 and zk3', members: 'zk1, zk2, zk3 and zk4' })
    const leaving = as(three.converge(), 'zk3', 'absent')
    expect(memberProblems(leaving, down)).toEqual([])
    expect(newMembers(leaving, down)).toMatchObject({ members: 'zk1 and zk2' })
    const watching = as(three.converge(), 'zk3', 'observer')
    expect(newMembers(watching, down)?.former).toContain('zk3 (server.3=10.0.0.3:2889:3889:participant')
    expect(newMembers(three.converge(), down)).toBeUndefined()
    expect(newMembers(three.converge(), three.bare().facts)).toBeUndefined()
  })

  test('case 34: one that the inventory does not list is named, with what to write: it may serve unseen', () => {
    const cut = without(three.converge(), 'zk3')
    expect(memberProblems(cut, down)).toMatchObject([
      {
        exit: 5,
        got: expect.stringContaining('server.3 (10.0.0.3) belonged') as string,
        hint: expect.stringContaining('{ id: 3, address: 10.0.0.3, role: participant }') as string,
      },
    ])
  })

  test('a leaver out of reach may go on with the former data, unless it left before', () => {
    const gone = listing(three.down('zk1', 'zk2').cut('zk3').facts, lines)
    const leaving = as(three.converge(), 'zk3', 'absent')
    expect(unseenLeavers(leaving, gone)).toEqual(['zk3'])
    expect(unseenLeavers(leaving, down)).toEqual([])
    expect(unseenLeavers(leaving, listing(gone, lines.slice(0, 2)))).toEqual([])
    expect(unseenLeavers(leaving, three.cut('zk3').facts)).toEqual([])
  })
})
