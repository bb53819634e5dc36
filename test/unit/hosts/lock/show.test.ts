import { expect, it } from 'vitest'
import { Failure } from '../../../../src/model/failure.ts'
import { present, unknown } from '../../../../src/model/fact.ts'
import { shownLocks } from '../../../../src/hosts/lock/show.ts'
import { holder, host, lockFacts } from '../build.ts'

it('shows each lock with its holder, since when, and whether it is dead', () => {
  const facts = [
    host(1).with({ lock: present(lockFacts()) }).facts,
    host(2).with({ lock: present(lockFacts({ boot: 'boot-2', age: 16.4, token: 'old' })) }).facts,
    host(3).facts,
  ]
  const lost = unknown(new Failure({ step: 'observe', got: 'lost', hint: '' }))
  const all = new Map([...facts.map((one) => [one.host, present(one)] as const), ['zk4', lost] as const])
  const held = 'held by ann@laptop (pid 17) since 2023-11-14 22:13:20 UTC'
  expect(shownLocks(all, holder('mine'))).toEqual([
    { host: 'zk1', token: 'theirs', state: 'live', words: `${held}, last heartbeat 2 s ago, live` },
    { host: 'zk2', token: 'old', state: 'dead', words: `${held}, last heartbeat 16 s ago, dead` },
  ])
})
