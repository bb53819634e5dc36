import { expect } from 'vitest'
import { shownAcl } from '../../../src/tree/acl.ts'
import type { Tree } from '../../../src/tree/desired.ts'
import { aclOf, expected, headOf } from './build.ts'
import type { FakeEnsemble } from './fake-zookeeper.ts'

const wantedAcls = (want: Tree) => Object.fromEntries([...want.znodes].map(([path, { acl }]) => [path, shownAcl(acl)]))
const liveAcls = (zk: FakeEnsemble, want: Tree) =>
  Object.fromEntries([...want.znodes.keys()].map((path) => [path, aclOf(zk, path)]))

/** What holds once a tree is applied: bytes, ACLs, metadata as private as the tree, and no more than is kept. */
export function holds(zk: FakeEnsemble, want: Tree): void {
  expect(zk.tree()).toEqual(expected(want))
  expect(liveAcls(zk, want)).toEqual(wantedAcls(want))
  const meta = ['', '/HEAD', '/manifest', ...[...want.manifest.objects.keys()].map((name) => `/manifest/${name}`)]
  for (const path of meta) expect(aclOf(zk, `/dman/meta/app${path}`), path).toBe(shownAcl(want.metaAcl))
  for (const [path, { acl }] of zk.znodes)
    if (/^\/dman\/meta\/app\/(acls|history)/.test(path)) expect(shownAcl(acl), path).toBe('digest:dman:cdrwa')
  expect(headOf(zk).applying).toBeNull()
}
