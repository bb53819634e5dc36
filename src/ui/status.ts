import type { Connect, MemberStatus, StatusDocument, TreeRemark, TreeRemarks, TreeStatus } from '../model/documents.ts'
import { isWanted } from '../model/names.ts'
import { shortZxid } from '../model/zxid.ts'
import { table } from './table.ts'
import { duration, type Paint } from './words.ts'

const mark = (state: MemberStatus['state'], paint: Paint): string => {
  if (state === 'leader') return paint('green', '★ leader')
  if (state === 'follower') return paint('green', '● follower')
  if (state === 'observer') return paint('cyan', '◌ observer')
  return paint('red', state === 'down' ? '✗ down' : '? unreachable')
}

const memberRow = (member: MemberStatus, paint: Paint): string[] => [
  member.host,
  String(member.id),
  member.address,
  member.role,
  mark(member.state, paint),
  member.version ?? '–',
  member.zxid === null ? '–' : shortZxid(member.zxid),
  member.connections === null ? '–' : String(member.connections),
  member.uptime_s === null ? '–' : duration(member.uptime_s),
]

const treeRow = (tree: TreeStatus, remark: TreeRemark | undefined, paint: Paint): string[] => [
  tree.name,
  tree.path,
  tree.generation === null
    ? paint('yellow', remark?.is === 'unread' ? 'unknown' : 'not seeded')
    : `generation ${tree.generation}`,
  tree.applied_at ?? '–',
  [
    ...(tree.drift === null ? [] : [tree.drift ? paint('yellow', 'drift') : 'no drift']),
    ...(remark?.words === undefined ? [] : [paint('yellow', remark.words)]),
  ].join(', '),
]

function headline(status: StatusDocument, paint: Paint): string {
  const serving = status.members.filter(({ state }) => ['leader', 'follower', 'observer'].includes(state)).length
  const wanted = status.members.filter(isWanted).length
  const word = status.healthy
    ? paint('green', 'healthy')
    : status.quorum
      ? paint('yellow', 'quorum, but not healthy')
      : paint('red', 'no quorum')
  return `${paint('bold', status.ensemble)}: ${word}, ${serving} of ${wanted} members serve${status.leader === null ? '' : `, ${status.leader} leads`}`
}

/** The status as a person reads it: headline, members, trees, problems, and how to connect. */
export function statusLines(
  { status, connect, secure, remarks }: { readonly status: StatusDocument } & Connect & TreeRemarks,
  paint: Paint,
): string[] {
  const members = table([
    ['HOST', 'ID', 'ADDRESS', 'ROLE', 'STATE', 'VERSION', 'ZXID', 'CLIENTS', 'UP'].map((cell) => paint('dim', cell)),
    ...status.members.map((member) => memberRow(member, paint)),
  ])
  const trees =
    status.trees.length === 0
      ? []
      : [
          '',
          ...table([
            ['TREE', 'PATH', 'GENERATION', 'APPLIED', ''].map((cell) => paint('dim', cell)),
            ...status.trees.map((tree) => treeRow(tree, remarks?.get(tree.name), paint)),
          ]),
        ]
  const problems = status.members.flatMap(({ host, problems }) =>
    problems.map((problem) => `${paint('yellow', '!')} ${host}: ${problem}`),
  )
  return [
    headline(status, paint),
    '',
    ...members,
    ...trees,
    ...(problems.length === 0 ? [] : ['', ...problems]),
    '',
    `connect: ${paint('bold', connect)}`,
    ...(secure === undefined ? [] : [`by TLS:  ${paint('bold', secure)}`]),
  ]
}
