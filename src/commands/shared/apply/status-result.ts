import type { Outcome } from '../../../ensemble/apply.ts'
import { membersOf } from '../../../ensemble/desired.ts'
import type { EnsembleFacts } from '../../../ensemble/facts.ts'
import { hostsOf } from '../../../ensemble/plan/step.ts'
import { statusOf } from '../../../ensemble/status.ts'
import { hostProblems } from '../../../hosts/room.ts'
import { hostPort } from '../../../model/address.ts'
import type { MemberState, MemberStatus } from '../../../model/documents.ts'
import { Failure, failuresOf } from '../../../model/failure.ts'
import { type HostName, isWanted } from '../../../model/names.ts'
import type { TreeSource } from '../../../model/tree-source.ts'
import type { TreePlan } from '../../../tree/plan.ts'
import { toldBy, toldTogether, type TreesSeen, treesSeen, type TreeTold, unreadTree } from '../../../tree/status.ts'
import { sameEndpoint } from '../../../zookeeper/config.ts'
import type { SessionOptions } from '../../../zookeeper/session.ts'
import type { Reader } from '../../../zookeeper/zookeeper.ts'
import { clientOf, secureAt } from '../look/client-ports.ts'
import type { Fleet } from '../look/fleet.ts'
import { lookAgain, type Seen } from '../look/observe.ts'
import { withSession } from '../look/session.ts'
import { type StatusResult, withPauses } from '../run/result.ts'
import type { Run } from '../run/run.ts'

// The status that a run ends with, by what it saw last.

/** The status that a plan's own observation tells. */
export const statusResult = (run: Run, seen: Seen<readonly TreePlan[]>, failures: readonly Failure[]): StatusResult =>
  result(
    run,
    seen.ensemble,
    seen.trees && toldTogether(run.inventory.trees.map((tree) => toldByPlan(tree, seen.trees))),
    failures,
    seen.hosts,
  )

const toldByPlan = (tree: Pick<TreeSource, 'name' | 'path'>, plans: readonly TreePlan[] = []): TreeTold => {
  const plan = plans.find(({ name }) => name === tree.name)
  return plan === undefined ? unreadTree(tree) : toldBy(plan, plan.seen?.head)
}

/**
 * The status after something was done: members and trees anew, side by side; `outcome` tells who served last. What is told of the hosts is what
 * was `seen` last; only those whose former data was set aside since, or went (`again`), are looked at once more.
 */
export async function statusNow(
  run: Run,
  fleet: Fleet,
  seen: Pick<Seen<unknown>, 'hosts' | 'watch'>,
  auth: SessionOptions['auth'],
  outcome: Outcome,
  again: readonly HostName[] = [],
): Promise<StatusResult> {
  const read = (session: Reader) => treesSeen(session, run.inventory.trees)
  const [facts, hosts, { trees, problems }] = await Promise.all([
    seen.watch.observe({ full: true }),
    lookAgain(run, fleet, seen.hosts, [...setAside(outcome), ...again]),
    run.inventory.trees.length === 0
      ? { trees: toldTogether([]), problems: [] }
      : withSession(fleet, outcome.facts, auth, read).then(
          (told) => ({ trees: told, problems: told.problems }),
          (thrown: unknown) => ({ trees: undefined, problems: failuresOf(thrown) }),
        ),
  ])
  warnOf(run, problems)
  return withPauses(result(run, facts, trees, outcome.failures, hosts), outcome)
}

const setAside = ({ did }: Pick<Outcome, 'did'>): readonly HostName[] =>
  did.flatMap(({ step }) => (step.kind === 'rejoin' ? hostsOf(step) : []))

/** What could not be read of trees makes no member less healthy. */
export function warnOf(run: Run, problems: readonly Failure[] = []): void {
  for (const { message, hint } of problems) {
    run.emit({ task: 'trees', is: 'log', level: 'warn', text: `${message}; ${hint}` })
  }
}

/** The status that an observation of members and trees tells. */
export function statusSeen(run: Run, seen: Seen<TreesSeen>, failures: readonly Failure[] = []): StatusResult {
  return result(run, seen.ensemble, seen.trees, failures, seen.hosts)
}

function result(
  run: Run,
  facts: EnsembleFacts,
  trees: Pick<TreesSeen, 'statuses' | 'remarks'> | undefined,
  failures: readonly Failure[],
  hosts: Seen<unknown>['hosts'],
): StatusResult {
  const { inventory } = run
  const { statuses, remarks } = trees ?? toldTogether(inventory.trees.map((tree) => unreadTree(tree)))
  const { members, ...ensemble } = statusOf(
    { ensemble: inventory.ensemble, members: membersOf(inventory.hosts), ports: inventory.ports },
    facts,
  )
  const document = {
    ...ensemble,
    members: members.map((member) => withHost(member, hosts)),
    trees: statuses,
  }
  return {
    is: 'status',
    status: document,
    connect: connectionString(run, facts),
    remarks,
    ...secureAt(inventory),
    failures,
    exit: document.healthy ? 0 : 1,
  }
}

/** A member with what is to be told of its host beside it. */
function withHost(member: MemberStatus, hosts: Seen<unknown>['hosts']): MemberStatus {
  const fact = hosts.get(member.host)
  if (fact?.is !== 'present' || member.role === 'absent') return member
  return { ...member, problems: [...member.problems, ...hostProblems(fact.value)] }
}

/** A run that was to end healthy and did not says so, also where nothing else went wrong. */
export function wantHealthy(result: StatusResult): StatusResult {
  const { status, failures = [] } = result
  if (status.healthy || failures.length > 0) return result
  const amiss = status.members.filter((member) => isWanted(member) && !serving.includes(member.state))
  const words = amiss.map(({ host, state }) => `${host} is ${state}`)
  const got = words.length > 0 ? words.join(', ') : status.quorum ? 'a member does not serve in its role' : 'no quorum'
  const exit = amiss.some(({ state }) => state === 'unreachable') ? 4 : 1
  const hint = 'see what `status` says of it, then run the same command again'
  return { ...result, failures: [new Failure({ step: 'see it healthy at the end', got, hint, exit })] }
}

const serving: readonly MemberState[] = ['leader', 'follower', 'observer']

/** `host:port,host:port`, as ZooKeeper's clients take it: where members serve by now, and where the others are to. */
const connectionString = ({ inventory }: Pick<Run, 'inventory'>, { members }: EnsembleFacts): string =>
  inventory.hosts
    .filter(isWanted)
    .map(({ name }) => {
      const at = members.find(({ host }) => host === name)?.at
      const asked = clientOf(inventory, name)
      // as the inventory spells it: Java prints IPv6 addresses in full
      return at === undefined || sameEndpoint(at, asked) ? asked : at
    })
    .map(({ address, port }) => hostPort(address, port))
    .join(',')
