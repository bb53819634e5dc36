import { expect, test } from 'vitest'
import type { StatusResult } from '../../../src/commands/result.ts'
import { wantHealthy } from '../../../src/commands/status.ts'
import type { MemberState } from '../../../src/model/documents.ts'
import { Failure } from '../../../src/model/failure.ts'

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
