import { expect, test } from 'vitest'
import type { Goal } from '../../../../src/ensemble/desired.ts'
import { foresee } from '../../../../src/ensemble/plan/foresee.ts'
import { stopsAtLogout } from '../../../../src/ensemble/plan/logout.ts'
import { present, unknown } from '../../../../src/model/fact.ts'
import { ensemble, type EnsembleBuilder, newConf, unreachable } from '../../build.ts'
import { host } from '../../hosts/build.ts'

/** zk1, zk2, … of which `kills` end what a login started, and `cronless` have no cron. */
function stops(built: EnsembleBuilder, goal: Goal, kills: readonly number[], cronless: readonly number[] = []) {
  const hosts = built.members.map(({ host: name, id, state }) => {
    const logind = present({ kills: kills.includes(id), lingers: false, user: 'dman' })
    const cron = { allowed: present(!cronless.includes(id)), running: present(true) }
    const fact =
      state === 'unreachable' ? unknown(unreachable(name)) : present(host(id).machine({ logind, cron }).facts)
    return [name, fact] as const
  })
  return stopsAtLogout(goal, foresee(goal, built.facts), { hosts: new Map(hosts), ensemble: built.facts })
}
const restart = (built: EnsembleBuilder, ...names: string[]): Goal =>
  built.serve({
    restart: new Map(built.members.flatMap(({ host: name, id }) => (names.includes(name) ? [[name, `n${id}`]] : []))),
    mayStopService: true,
  })
const three = ensemble(3)
const all = ['zk1', 'zk2', 'zk3']

test('members that were rolled one at a time and go down together as the run logs out are a step of its plan', () => {
  expect(stops(three, restart(three, ...all), [1, 2, 3])).toEqual({
    kind: 'stop',
    hosts: all,
    reason: expect.stringMatching(
      /KillUserProcesses.*all at once: the service stops, until cron starts them again within a minute$/,
    ) as string,
  })
  expect(stops(three, three.converge(newConf), [1, 3])?.hosts).toEqual(['zk1', 'zk3'])
  const bare = three.bare()
  expect(stops(bare, bare.converge(), [1, 2, 3])?.hosts).toEqual(all)
})

test.each([
  ['logind ends nothing', three, restart(three, ...all), []],
  ['the others stay a majority', three, restart(three, ...all), [2]],
  ['only one is started by this run', three.down('zk1'), three.serve(), [1, 2, 3]],
  ['nothing is to be started', three, three.serve(), [1, 2, 3]],
  ['all are to be stopped', three, three.stop(), [1, 2, 3]],
  ['observers alone go down', ensemble(3, 2), restart(ensemble(3, 2), 'zk4', 'zk5'), [4, 5]],
] as const)('no service stops at the end of a run where %s', (_, built, goal, kills) => {
  expect(stops(built, goal, kills)).toBeUndefined()
})

test('one of two is no majority, one that cannot be seen is counted upon by nobody, and half of four is not enough', () => {
  const two = ensemble(2)
  expect(stops(two, restart(two, 'zk1'), [1])?.reason).toMatch(/[)]: the service stops, until cron starts it again/)
  expect(stops(three.cut('zk3').down('zk1'), three.serve(), [1])?.hosts).toEqual(['zk1'])
  const four = ensemble(4)
  expect(stops(four, restart(four, 'zk1', 'zk2'), [1, 2, 3])?.hosts).toEqual(['zk1', 'zk2'])
})

test('where cron is of no help that is told', () => {
  const reason = (...cronless: number[]) => stops(three, restart(three, ...all), [1, 2, 3], cronless)?.reason
  expect(reason(2)).toMatch(/until cron starts them again within a minute, and nothing does on zk2$/)
  expect(reason(1, 2, 3)).toMatch(/the service stops, and nothing starts them again$/)
})
