import type { PlanDocument, PlannedChange } from '../model/documents.ts'
import type { Paint } from './words.ts'

/** Of each kind of change what becomes of the thing; what is not named here comes into being. */
const signs: Readonly<Record<string, readonly ['red' | 'yellow', string]>> = {
  ...of(['remove', 'remove-release', 'remove-aside', 'sweep', 'delete', 'forget'], ['red', '-']),
  ...of(['settle', 'fix-modes', 'set', 'adopt', 'finish'], ['yellow', '~']),
}

function of<T>(kinds: readonly string[], what: T): Record<string, T> {
  return Object.fromEntries(kinds.map((kind) => [kind, what]))
}

const sign = (kind: string, paint: Paint): string => {
  const [colour, letter] = signs[kind] ?? ['green', '+']
  return paint(colour, letter)
}

const paintDiff = (diff: string, paint: Paint): string[] =>
  diff
    .trimEnd()
    .split('\n')
    .map((line) => {
      if (line.startsWith('+')) return paint('green', line)
      return line.startsWith('-') ? paint('red', line) : paint('dim', line)
    })
    .map((line) => `      ${line}`)

const changeLines = (change: PlannedChange, paint: Paint): string[] => [
  `  ${sign(change.kind, paint)} ${change.summary}  ${paint('dim', `(${change.reason})`)}`,
  ...(change.diff === undefined ? [] : paintDiff(change.diff, paint)),
]

/** What changes of no host are headed by. */
const headingOf = ({ path }: PlannedChange): string => (path === undefined ? 'passwords' : 'trees')

/** The same changes of several hosts are shown once, headed by all of the hosts' names. */
function grouped(changes: readonly PlannedChange[]): { heading: string; changes: PlannedChange[] }[] {
  const hostless = changes.filter(({ host }) => host === undefined)
  const byContent = new Map<string, { hosts: string[]; changes: PlannedChange[] }>()
  for (const [host, own] of by(changes, ({ host }) => host)) {
    const content = JSON.stringify(own.map((change) => ({ ...change, host: undefined })))
    const group = byContent.get(content)
    if (group === undefined) byContent.set(content, { hosts: [host], changes: own })
    else group.hosts.push(host)
  }
  return [
    ...[...byContent.values()].map(({ hosts, changes: own }) => ({ heading: hosts.join(', '), changes: own })),
    ...[...by(hostless, headingOf)].map(([heading, own]) => ({ heading, changes: own })),
  ]
}

/** Changes by what `key` says of each; those of which it says nothing are left out. */
function by(changes: readonly PlannedChange[], key: (change: PlannedChange) => string | undefined) {
  const groups = new Map<string, PlannedChange[]>()
  for (const change of changes) {
    const name = key(change)
    if (name === undefined) continue
    const own = groups.get(name)
    if (own === undefined) groups.set(name, [change])
    else own.push(change)
  }
  return groups
}

/** The plan as a person reads it: changes by host, at most so many of each; then the steps in their order, each with its reason. */
export function planLines(plan: PlanDocument, paint: Paint, most = Infinity): string[] {
  if (plan.changes.length === 0 && plan.steps.length === 0) return [`${plan.ensemble}: nothing to do`]
  const changes = grouped(plan.changes).flatMap(({ heading, changes: own }) => [
    paint('bold', heading),
    ...own.slice(0, most).flatMap((change) => changeLines(change, paint)),
    ...(own.length > most ? [`  … and ${own.length - most} more: \`--dry-run\` shows them all`] : []),
    '',
  ])
  const steps = plan.steps.map(({ kind, hosts, reason }, index) => {
    const what = hosts.length === 0 ? kind : `${kind} ${hosts.join(', ')}`
    return `  ${index + 1}. ${what}  ${paint('dim', `(${reason})`)}`
  })
  return [...changes, ...(steps.length === 0 ? [] : [paint('bold', 'steps'), ...steps, ''])]
}

/** The plan where something stands in its way: what there is of it, and never that there is nothing to do. */
export const refusedLines = (plan: PlanDocument, paint: Paint): string[] => [
  ...(plan.changes.length + plan.steps.length > 0 ? planLines(plan, paint) : []),
  `${plan.ensemble}: refused; the errors say why`,
]

/** The plan of a run, where it has something in it. */
export function eventPlanLines(plan: PlanDocument, paint: Paint): string[] {
  if (plan.changes.length === 0 && plan.steps.length === 0) return []
  return planLines({ ...plan, changes: plan.changes.map(withoutFirstDiff) }, paint, 40)
}

/** On a bare host every file is new: there `plan` shows the texts, and a run only names them. */
function withoutFirstDiff(change: PlannedChange): PlannedChange {
  const { diff, ...rest } = change
  return diff === undefined || diff.split('\n').every((line) => !line.startsWith('-') || line === '--- /dev/null')
    ? rest
    : change
}
