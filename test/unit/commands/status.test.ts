import { expect, test } from 'vitest'
import { statusNow, wantHealthy } from '../../../src/commands/shared/apply/status-result.ts'
import type { Fleet } from '../../../src/commands/shared/look/fleet.ts'
import type { StatusResult } from '../../../src/commands/shared/run/result.ts'
import type { Run } from '../../../src/commands/shared/run/run.ts'
import type { Step } from '../../../src/ensemble/plan/step.ts'
import type { MemberState } from '../../../src/model/documents.ts'
import { present } from '../../../src/model/fact.ts'
import { Failure } from '../../../src/model/failure.ts'
import type { HostFacts } from '../../../src/remote/host-facts.ts'
import { ensemble } from '../build.ts'
import { host, inventory, inventoryHost } from '../hosts/build.ts'

const member = (host: string, state: MemberState) => ({
  ...{ host, id: 1, address: '10.0.0.1', role: 'participant' as const, state, version: null, zxid: null },
  ...{ connections: null, uptime_s: null, problems: [] },
})
const result = (healthy: boolean, ...states: MemberState[]): StatusResult => {
  const members = states.map((state, index) => member(`zk${index + 1}`, state))
  const status = { ensemble: 'dman', quorum: healthy, healthy, leader: null, members, trees: [] }
  return { is: 'status', status, connect: '', failures: [], exit: healthy ? 0 : 1 }
}

test.each([
  ['a host out of reach', result(false, 'leader', 'unreachable'), 'zk2 is unreachable', 4],
  ['a member that is down', result(false, 'down', 'follower'), 'zk1 is down', 1],
  ['nothing that one could name', result(false, 'follower'), 'no quorum', 1],
])('a run that was to end healthy never fails silently: %s', (_, ended, got, exit) =>
  expect(wantHealthy(ended).failures).toMatchObject([{ got, exit }]),
)

test('what is healthy, or failed for a reason of its own, is left as it is', () => {
  expect(wantHealthy(result(true, 'leader')).failures).toEqual([])
  const why = new Failure({ step: 's', got: 'g', hint: 'h' })
  expect(wantHealthy({ ...result(false, 'down'), failures: [why] }).failures).toEqual([why])
})

const placed = [1, 2, 3].map((id) => inventoryHost(id, { address: `10.0.0.${id}` }))
// what lies there now: data was set aside on each since it was seen
const now = (id: number): HostFacts => host(id).laid({ asides: ['data/aside.1700000001-repair'] }).facts
/** The problems told at the end of a run that did this, by host, and the calls that it took. */
async function atTheEnd(seen: (id: number) => HostFacts, step: Step | undefined, ...again: string[]) {
  const asked: string[] = []
  const remotes = [1, 2, 3].map((id) => ({
    host: `zk${id}`,
    ask: ({ name }: { name: string }) => {
      asked.push(`zk${id} ${name}`)
      return Promise.resolve({ ...now(id), machine: seen(id).machine })
    },
  }))
  const { facts } = ensemble(3)
  const { status } = await statusNow(
    { inventory: inventory(3, { hosts: placed }), emit: () => undefined } as unknown as Run,
    { remotes, unreached: new Map() } as unknown as Fleet,
    {
      hosts: new Map([1, 2, 3].map((id) => [`zk${id}`, present(seen(id))])),
      watch: { observe: () => Promise.resolve(facts) } as never,
    },
    undefined,
    // nobody serves there: the trees are not read
    { did: step ? [{ step, reason: '' }] : [], facts: ensemble(3).bare().facts, failures: [], pauses: [] },
    again,
  )
  return { problems: status.members.map(({ problems }) => problems.join('; ')), asked }
}
const killing = present({ kills: true, lingers: false, user: 'dman' })

test('a run that did something ends with what was seen of its hosts last, and asks none of them once more', async () => {
  const { problems, asked } = await atTheEnd(
    (id) => (id === 1 ? host(id).machine({ logind: killing }) : host(id)).facts,
    {
      kind: 'start',
      turns: [{ host: 'zk1', conf: 'conf-000000000001', switch: false, stop: false }],
    },
  )
  expect(problems).toEqual([expect.stringContaining('KillUserProcesses'), '', ''])
  expect(asked).toEqual([])
})

test('hosts whose former data this run set aside, or removed, are looked at once more, and only for what runs change', async () => {
  const turn = { host: 'zk2', conf: 'conf-000000000001', switch: false, stop: true }
  const rejoin: Step = { kind: 'rejoin', founding: 'f1', lines: [], turns: [turn] }
  const seen = (id: number) => host(id).machine({ logind: killing }).laid().facts
  const { problems, asked } = await atTheEnd(seen, rejoin, 'zk3')
  const both = /KillUserProcesses.*former data is set aside in data.aside.1700000001-repair/
  expect(problems).toEqual([
    expect.not.stringContaining('former data'),
    expect.stringMatching(both),
    expect.stringMatching(both),
  ])
  expect(asked).toEqual(['zk2 observe-laid', 'zk3 observe-laid'])
})
