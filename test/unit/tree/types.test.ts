import { expectTypeOf, test } from 'vitest'
import type { TreeReader } from '../../../src/commands/shared/look/observe.ts'
import type { Within } from '../../../src/ensemble/ask.ts'
import { observeTree } from '../../../src/tree/observe.ts'
import { planTrees } from '../../../src/tree/seed.ts'
import { treesSeen } from '../../../src/tree/status.ts'
import type { Reader, ZooKeeper } from '../../../src/zookeeper/zookeeper.ts'

// These lines fail the compiler once a plan could write.

test('what observes and plans is handed nothing that writes', () => {
  for (const read of [observeTree, planTrees, treesSeen]) expectTypeOf(read).parameter(0).toEqualTypeOf<Reader>()
  for (const writes of ['multi', 'setAcl', 'close'] as const) {
    expectTypeOf<ZooKeeper>().toHaveProperty(writes)
    expectTypeOf<Reader>().not.toHaveProperty(writes)
  }
})

test('a tree observation cannot write', () => {
  const writing = (session: ZooKeeper) => session.multi([])
  const reader = (read: TreeReader<void>['read']) => read
  const also = (within: Within) => within
  // @ts-expect-error it needs more than a Reader
  expectTypeOf(reader).toBeCallableWith(writing)
  // @ts-expect-error nor may it in the session of the members' observation
  expectTypeOf(also).toBeCallableWith({ also: writing })
})
