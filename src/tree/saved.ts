import { Failure, Refused } from '../model/failure.ts'
import { format, formatIs, laterVersion } from '../model/format.ts'
import { isRecord } from '../model/record.ts'
import type { Hash } from './meta/manifest.ts'
import type { SeenHead } from './meta/read.ts'
import type { TreePlan } from './plan.ts'

/** What is to happen to one znode; `version`: the one that it has to have then, or how often its ACL was changed. */
interface SavedChange {
  readonly kind: string
  readonly path: string
  readonly version?: number
}

/** What a plan of one tree was made from and comes to; nothing of what is in its znodes. */
export interface SavedTree {
  readonly name: string
  readonly path: string
  /** HEAD as it was, and who began or finished what it says, which old plans do not tell; null where the tree was never seeded */
  readonly head: {
    readonly version: number
    readonly generation: number
    readonly who?: string
    readonly at?: string
  } | null
  /** of the manifest that is wanted: all paths, hashes and ACLs */
  readonly root: Hash
  readonly changes: readonly SavedChange[]
}

export interface SavedPlan {
  readonly ensemble: string
  readonly trees: readonly SavedTree[]
}

export function savedTree(plan: TreePlan): SavedTree {
  return {
    name: plan.name,
    path: plan.path,
    head: plan.seen && headSaved(plan.seen),
    root: plan.manifest.root,
    changes: plan.changes.map(({ kind, path, expects }) => ({
      kind,
      path,
      ...(expects === null ? {} : { version: expects }),
    })),
  }
}

function headSaved({ head, version }: SeenHead): SavedTree['head'] {
  const { who, at } = head.applying ?? head
  return { version, generation: head.generation, who, at }
}

/** As it is written to a file: a change a line. */
export function encodeSaved({ ensemble, trees }: SavedPlan): string {
  const tree = ({ changes, ...rest }: SavedTree) => {
    const lines = changes.map((change) => `\n    ${JSON.stringify(change)}`)
    return `  ${JSON.stringify(rest).slice(0, -1)},"changes":[${lines.join(',')}]}`
  }
  return `{"format":${format},"ensemble":${JSON.stringify(ensemble)},"trees":[\n${trees.map(tree).join(',\n')}\n]}\n`
}

/** Throws a Failure: exit 5 where a later version wrote it, exit 3 where it is no saved plan. */
export function decodeSaved(text: string, file: string): SavedPlan {
  const step = `read ${file}`
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (isRecord(value) && formatIs(value['format']) === 'later') throw laterVersion(Number(value['format']), step)
  if (!isRecord(value) || formatIs(value['format']) !== 'ours' || typeof value['ensemble'] !== 'string')
    throw noPlan(step)
  const { ensemble, trees } = value
  if (!Array.isArray(trees) || !trees.every(isTree)) throw noPlan(step)
  return { ensemble, trees }
}

const isTree = (value: unknown): value is SavedTree =>
  isRecord(value) &&
  [value['name'], value['path'], value['root']].every((text) => typeof text === 'string') &&
  (value['head'] === null || (isRecord(value['head']) && Number.isSafeInteger(value['head']['version']))) &&
  Array.isArray(value['changes']) &&
  value['changes'].every(
    (change) => isRecord(change) && typeof change['kind'] === 'string' && typeof change['path'] === 'string',
  )

const noPlan = (step: string): Failure =>
  new Failure({ step, got: 'no saved plan', hint: '`seed --out FILE` writes one', exit: 3 })

/** In words how what would be done now differs from what was saved; none where nothing does. */
function staleness(saved: SavedTree, now: SavedTree): readonly string[] {
  if (saved.path !== now.path) return [`its path is ${now.path} now, not ${saved.path}`]
  const head = saved.head?.version === now.head?.version && saved.head?.generation === now.head?.generation
  const source = saved.root === now.root
  const changes = [...goneFrom(saved.changes, now.changes), ...otherIn(saved.changes, now.changes)]
  return [
    ...(head ? [] : [`it was planned from ${generationOf(saved)}, and ${generationOf(now)} is there now`]),
    ...(source ? [] : ['what is wanted is not the same any more']),
    ...changes.slice(0, most),
    ...(changes.length > most ? [`and ${changes.length - most} more`] : []),
  ]
}

const most = 10

function generationOf({ head }: SavedTree): string {
  if (head === null) return 'no generation at all'
  const by = typeof head.who === 'string' ? ` by ${head.who} at ${head.at}` : ''
  return `generation ${head.generation}${by} (HEAD’s version ${head.version})`
}

/** In words what was to be done and is not any more. */
function goneFrom(saved: readonly SavedChange[], now: readonly SavedChange[]): readonly string[] {
  const is = new Set(now.map(keyOf))
  return saved.filter((change) => !is.has(keyOf(change))).map(({ kind, path }) => `no longer: ${kind} ${path}`)
}

/** In words what is to be done now and was not, or not from what is there. */
function otherIn(saved: readonly SavedChange[], now: readonly SavedChange[]): readonly string[] {
  const was = new Map(saved.map((change) => [keyOf(change), change]))
  return now.flatMap((change) => {
    const { kind, path, version } = change
    const before = was.get(keyOf(change))
    if (before === undefined) return [`not planned then: ${kind} ${path}`]
    return before.version === version
      ? []
      : [`${path} was written meanwhile: version ${version}, not ${before.version}`]
  })
}

const keyOf = ({ kind, path }: SavedChange): string => `${kind} ${path}`

/** The ACL of a znode is changed in two steps: behind the first its version is another, and `setAcl` names the one that was read then. */
const withoutAclVersion = (change: SavedChange): SavedChange =>
  change.kind === 'acl' ? { kind: change.kind, path: change.path } : change

/** What a plan made anew, amid what was saved, comes to beyond that. What was deleted so far is to be forgotten by then. */
function beyond(saved: readonly SavedChange[], now: readonly SavedChange[]): readonly string[] {
  const deleted = saved.filter(({ kind }) => kind === 'delete').map(({ path }) => ({ kind: 'forget', path }))
  const rest = now.filter(({ kind }) => kind !== 'finish')
  return otherIn([...saved, ...deleted].map(withoutAclVersion), rest.map(withoutAclVersion))
}

/**
 * What a seed may do by a saved plan, asked before it does anything: at first exactly that. A plan that is made anew by the same run, since a
 * reply was lost or part of it is written already, has its own HEAD and may do no more than that. Throws as refuseStale.
 */
export function accepts(saved: SavedPlan, file: string): (plan: TreePlan, round: number) => void {
  return (plan, round) => {
    const now = savedTree(plan)
    const was = saved.trees.find(({ name }) => name === plan.name)
    if (was === undefined) throw stale(file, [`${plan.name}: it is not in it`])
    const problems = round === 0 ? staleness(was, now) : beyond(was.changes, now.changes)
    if (problems.length > 0)
      throw stale(
        file,
        problems.map((text) => `${plan.name}: ${text}`),
      )
  }
}

/** Throws Refused, exit 5, where plans made now are not those that were saved. */
export function refuseStale(saved: SavedPlan, now: SavedPlan, file: string): void {
  const names = new Set([...saved.trees, ...now.trees].map(({ name }) => name))
  const problems = [...names].flatMap((name) => {
    const [was, is] = [saved, now].map(({ trees }) => trees.find((tree) => tree.name === name))
    if (was === undefined || is === undefined)
      return [`${name}: the inventory ${was === undefined ? 'has it since then' : 'does not have it any more'}`]
    return staleness(was, is).map((text) => `${name}: ${text}`)
  })
  if (saved.ensemble !== now.ensemble) problems.unshift(`it is a plan for ${saved.ensemble}, not ${now.ensemble}`)
  if (problems.length > 0) throw stale(file, problems)
}

/**
 * What a look refuses is looked at once more: amid the write of another run its znodes are seen beside the HEAD of before, and the second look
 * tells who it was.
 */
export async function lookTwice<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof Refused) return look()
    throw error
  }
}

const stale = (file: string, problems: readonly string[]): Refused =>
  new Refused({
    step: `seed --plan ${file}`,
    got: `the plan is stale: ${problems.join('; ')}`,
    hint: 'nothing more is written; `seed --out` saves a new plan',
  })
