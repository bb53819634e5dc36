import { expect, test } from 'vitest'
import { treeFailure } from '../../../src/tree/failure.ts'
import { ZooKeeperError } from '../../../src/zookeeper/zookeeper.ts'

test('who is kept away by an ACL is told of both reasons: that ACL, and a former copy of secrets.json', () => {
  const { hint } = treeFailure({ name: 'app' }, new ZooKeeperError('NO_AUTH', 'get /a: NO_AUTH'))
  expect(hint).toMatch(/getAcl.*secrets\.json from before `secrets rotate` or `secrets recover`/)
})
