import { expect, test } from 'vitest'
import { Failure } from '../../../src/model/failure.ts'
import { failureOf } from '../../../src/zookeeper/failure.ts'
import { ZooKeeperError } from '../../../src/zookeeper/zookeeper.ts'

test('an error of ZooKeeper names host, step and a way on', () => {
  const failure = failureOf(new ZooKeeperError('NO_AUTH', 'get /a: NO_AUTH'), 'seed app', 'zk1')
  expect(failure).toMatchObject({ host: 'zk1', step: 'seed app', got: 'get /a: NO_AUTH', exit: 1 })
  expect(failure.hint).toContain('ACL')
})

test('a failure stays what it is, but for the host it did not name', () => {
  const refused = new Failure({ step: 'dial', got: 'refused', hint: 'start it', exit: 4 })
  expect(failureOf(refused, 'seed', 'zk1')).toMatchObject({ host: 'zk1', step: 'dial', got: 'refused', exit: 4 })
  expect(failureOf(refused, 'seed')).toBe(refused)
})

test('whatever else was thrown can be shown', () => {
  expect(failureOf('odd', 'seed')).toMatchObject({ got: 'odd', host: undefined })
  expect(failureOf(new ZooKeeperError('ERROR_-9', 'x'), 'seed').hint).not.toBe('')
})
