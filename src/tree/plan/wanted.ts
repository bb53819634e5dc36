import { Failure, throwAll } from '../../model/failure.ts'
import type { Acl } from '../../zookeeper/zookeeper.ts'
import { aclSteps, isAcl, mayAdminister, shownAcl } from '../acl.ts'
import type { Tree, Znode } from '../desired.ts'
import type { Written } from '../meta/manifest.ts'
import type { LiveAcl, LiveZnode } from '../observe.ts'
import { type AclEdit, change, type Edit, type Live, type Owned, sized, type TreeChange } from './change.ts'

/** What makes the wanted znodes so; what is as wanted is not written. */
export interface Wanted {
  /** creates, parents first, then sets */
  readonly operations: readonly Edit[]
  readonly before: readonly AclEdit[]
  readonly after: readonly AclEdit[]
  readonly changes: readonly TreeChange[]
}

/**
 * `takesOver`: a dead run left something begun, of which a change of an ACL may still come. Throws Failures, exit 5, with every znode
 * that can't be written for good.
 */
export function planWanted(want: Tree, owned: Owned, live: Live, takesOver: boolean): Wanted {
  const creates: Edit[] = []
  const sets: Edit[] = []
  const before: AclEdit[] = []
  const after: AclEdit[] = []
  const changes: TreeChange[] = []
  const problems: Failure[] = []
  const isSame = remembered(isAcl)
  for (const [path, znode] of want.znodes) {
    const { data, hash, acl } = znode
    const have = live.get(path)
    const ours = owned.get(path)
    if (have === undefined) {
      creates.push(creating(path, znode))
      changes.push(making(path, znode, ours, takesOver))
      continue
    }
    if (have.ephemeral) problems.push(ephemeral(want, path))
    const told = changes.length
    if (have.hash !== hash) {
      sets.push({ do: 'set', path, data, version: have.version, replaces: have })
      changes.push(setting(path, znode, have, ours))
    }
    if (!isSame(have.acl, acl)) {
      if (!mayAdminister(have.acl, want.dmanAcl)) problems.push(lockedOut(want, path, have.acl))
      const steps = aclEdits(path, have, acl, want.dmanAcl)
      before.push(...steps.before)
      after.push(...steps.after)
      changes.push(changingAcl(path, znode, have, ours))
    } else if (takesOver && ours?.some((written) => written.acl !== znode.aclKey) === true) {
      // The dead run may have asked for another ACL in a server that hangs: now it expects what is no longer so.
      before.push({ path, acl, version: have.aversion })
    }
    if (changes.length === told && !isOurs(ours, znode)) changes.push(adopting(path, ours))
  }
  throwAll(problems)
  return { operations: [...creates, ...sets], before, after, changes }
}

const creating = (path: string, { data, isNull = false, acl }: Znode): Edit => ({
  do: 'create',
  path,
  data,
  ...(isNull && { isNull }),
  acl,
})

/** The way from one ACL to another, each step with what it expects. */
export function aclEdits(path: string, { acl, aversion }: LiveAcl, want: readonly Acl[], dman: readonly Acl[]) {
  const { before, after } = aclSteps(acl, want, dman)
  return {
    before: before === undefined ? [] : [{ path, acl: before, version: aversion }],
    after: after === undefined ? [] : [{ path, acl: after, version: aversion + (before === undefined ? 0 : 1) }],
  }
}

/** What a dead run was about to make, or to delete, is nobody else's doing. */
function making(path: string, { data }: Znode, ours: readonly Written[] | undefined, takesOver: boolean): TreeChange {
  const drift = ours !== undefined && !takesOver
  const why = drift ? 'someone else deleted it' : 'left undone by a run that did not finish'
  return change('create', path, { detail: sized(data.length), reason: ours === undefined ? 'new' : why, drift })
}

const isOurs = (ours: readonly Written[] | undefined, { hash, aclKey }: Znode): boolean =>
  ours?.some((written) => written.hash === hash && written.acl === aclKey) === true

function setting(path: string, { data }: Znode, have: LiveZnode, ours: readonly Written[] | undefined): TreeChange {
  const drift = ours !== undefined && !ours.some(({ hash }) => hash === have.hash)
  const why = drift ? 'someone else changed it since it was applied' : 'wanted otherwise now'
  const reason = ours === undefined ? 'overwrites a value that is not ours' : why
  return change('set', path, {
    detail: ` (${have.size} to ${data.length} bytes)`,
    reason,
    drift,
    expects: have.version,
  })
}

function changingAcl(path: string, want: Znode, have: LiveZnode, ours: readonly Written[] | undefined): TreeChange {
  const drift = ours?.some(({ acl }) => acl === want.aclKey) === true
  const [from, to] = [shownAcl(have.acl), shownAcl(want.acl)]
  const why = drift ? 'someone else changed it since it was applied' : 'wanted otherwise now'
  const reason = ours === undefined ? 'replaces an ACL that is not ours' : why
  const detail = from === to ? ` (${to}, with another password)` : ` (${from} to ${to})`
  return change('acl', path, { detail, reason, drift, expects: have.aversion })
}

const adopting = (path: string, ours: readonly Written[] | undefined): TreeChange =>
  change('adopt', path, { reason: ours ? 'someone else wrote what is wanted now' : 'already as wanted' })

const ephemeral = (want: Tree, path: string): Failure =>
  new Failure({
    step: `plan tree ${want.name}`,
    got: `${path} is ephemeral: it goes with another client’s session`,
    hint: 'let that client use another path, or rename the file',
    exit: 5,
  })

const lockedOut = (want: Tree, path: string, acl: readonly Acl[]): Failure =>
  new Failure({
    step: `plan tree ${want.name}`,
    got: `dman may not change the ACL of ${path}, which is ${shownAcl(acl)}`,
    hint: 'let its owner, or the super user, give digest:dman cdrwa there',
    exit: 5,
  })

/** Znodes by the thousand share a few ACLs. */
function remembered<T extends object>(ask: (one: T, other: T) => boolean): (one: T, other: T) => boolean {
  const known = new Map<T, Map<T, boolean>>()
  return (one, other) => {
    const row = known.get(one) ?? new Map<T, boolean>()
    known.set(one, row)
    const answer = row.get(other) ?? ask(one, other)
    row.set(other, answer)
    return answer
  }
}
