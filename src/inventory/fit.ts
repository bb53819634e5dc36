import type * as z from 'zod'
import { isLoopback } from './address.ts'
import { type Path, type Problem, shown } from './problem.ts'
import { inventorySchema, type RawInventory } from './schema.ts'
import { tree } from './schema-trees.ts'
import { nearest } from './suggest.ts'
import { manualNames, whyRefused, zooKeys } from './zoo-keys.ts'

/**
 * Holds the value of the file against the schema. What does not fit is told and left out, again and again until the rest
 * fits, so that its sense can be checked as well; `value` is absent where too little is left, `lost` is what was left
 * out. Changes `raw`.
 */
export function fit(raw: unknown): { problems: readonly Problem[]; lost: readonly Path[]; value?: RawInventory } {
  const problems: Problem[] = []
  const told = () => ({ problems: settle(problems), lost: problems.map(({ path }) => path) })
  // each round takes something away, so this ends; the bound is for a value that refers to itself
  for (let round = 0; round < 50; round++) {
    const result = inventorySchema.safeParse(raw)
    if (result.success) return { ...told(), value: result.data }
    const before = problems.length
    for (const issue of result.error.issues) {
      const found = problemsOf(issue)
      if (round === 0) problems.push(...found)
      if (!found.every(({ path }) => leaveOut(raw, path))) return told()
    }
    if (round === 0 && problems.length === before) break
  }
  return told()
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key))
  const what = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
  return [
    {
      path,
      at: issue.code === 'invalid_key' ? 'key' : 'value',
      what:
        path.length === 0
          ? what.startsWith('is missing')
            ? 'the file is empty'
            : `the file ${what}`
          : `\`${shown(path)}\` ${what}`,
    },
  ]
}

const shapes: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(inventorySchema.shape),
  ssh: ['user', 'port', 'identity', 'known_hosts', 'jump', 'host'],
  host: ['id', 'address', 'role', 'ssh'],
  ports: ['client', 'peer', 'election', 'secure', 'metrics'],
  java: ['archive', 'checksum'],
  zookeeper: Object.keys(inventorySchema.shape.zookeeper.shape),
  tree: Object.keys(tree.shape),
  'zookeeper.config': [...zooKeys.keys()],
}

/** Which of `shapes` the mapping at `path` has. */
function shapeOf(path: Path): string {
  if (path[0] === 'hosts') return path.length === 2 ? 'host' : 'ssh'
  if (path[0] === 'trees') return 'tree'
  return path.join('.')
}

/** Cases 28 and 29: the key, and what it was most likely meant to be or where it belongs. Case 39: why it is not taken. */
function unknownKey(parent: Path, key: string): Problem {
  const shape = shapeOf(parent)
  const config = shape === 'zookeeper.config'
  const problem = (what: string, hint: string): Problem => ({ path: [...parent, key], at: 'key', what, hint })
  // in zoo.cfg the prefix of the system property is left out
  const bare = config ? key.replace(/^zookeeper\./, '') : key
  const refused = config ? whyRefused(bare) : undefined
  if (refused !== undefined) return problem(refused, `take \`${key}\` out of \`config\``)
  const known = parent.join() === 'ssh' ? Object.keys(inventorySchema.shape.ssh.unwrap().shape) : (shapes[shape] ?? [])
  const meant = (config ? manualNames.get(bare) : undefined) ?? nearest(bare, known)
  const what = `unknown key \`${key}\`${parent.length === 0 ? '' : ` in \`${shown(parent)}\``}`
  if (meant !== undefined) return problem(`${what}; did you mean \`${meant}\`?`, `write \`${meant}\``)
  const place = belongsIn(key, shape)
  if (place !== undefined) return problem(`${what}; did you mean it in ${place}?`, `it belongs in ${place}`)
  const manual = "the keys are those of ZooKeeper's manual for 3.8 and 3.9; take it out"
  return problem(what, config ? manual : `known here: ${known.join(', ')}`)
}

/** Another part of the inventory that has this key, in words. */
function belongsIn(key: string, shape: string): string | undefined {
  const home = Object.entries(shapes).find(([other, keys]) => other !== shape && keys.includes(key))?.[0]
  if (home === '') return 'the top of the file'
  return home === 'host' || home === 'tree' ? `a ${home}` : home && `\`${home}\``
}

/** A key that is missing because it is misspelt is one problem, not two. */
function settle(problems: readonly Problem[]): readonly Problem[] {
  const meant = new Set(
    problems.flatMap(({ path, hint }) => {
      const word = /^write `(.+)`$/.exec(hint ?? '')?.[1]
      return word === undefined ? [] : [[...path.slice(0, -1), word].join('\n')]
    }),
  )
  return problems.filter(({ path, what }) => !(what.includes('` is missing; ') && meant.has(path.join('\n'))))
}

/**
 * What stands in for a part that is missing, or wrong, and that has to be there, so that what is around it is checked all the same; problems
 * related to the part itself are not told.
 */
function standIn(raw: unknown, path: Path): unknown {
  const [top, name, field, ...deeper] = path
  if (deeper.length > 0) return undefined
  if (name === undefined) return structuredClone(tops[String(top)])
  if (top === 'trees')
    return field === 'path' ? `/stand-in/${name}` : field === 'from' ? `./stand-in-${name}` : undefined
  if (top !== 'hosts') return undefined
  const others = Object.values((raw as { hosts: Record<string, { id?: unknown; address?: unknown } | null> }).hosts)
  const free = Array.from({ length: 255 }, (_, at) => 255 - at).find((id) => others.every((other) => other?.id !== id))
  if (field === 'id') return free
  // as the others are, which is a rule of its own
  const areLoopback = others.some((other) => typeof other?.address === 'string' && isLoopback(other.address))
  return field === 'address' ? (areLoopback ? `127.254.254.${free}` : `${name}.stand-in`) : undefined
}

const tops: Readonly<Record<string, unknown>> = {
  hosts: {},
  java: { archive: 'none.tar.gz' },
  zookeeper: { version: '0.0.0' },
}

/** Takes the part at `path` out, the one around it where it is not there; false where nothing can be done. */
function leaveOut(raw: unknown, path: Path): boolean {
  const last = path.at(-1)
  if (last === undefined) return false
  let holder: unknown = raw
  for (const part of path.slice(0, -1)) {
    if (typeof holder !== 'object' || holder === null) return true
    holder = (holder as Record<string, unknown>)[part]
  }
  if (Array.isArray(holder)) return leaveOut(raw, path.slice(0, -1))
  if (typeof holder !== 'object' || holder === null) return true
  const parts = holder as Record<string, unknown>
  const instead = standIn(raw, path)
  if (instead !== undefined) parts[last] = instead
  else if (Object.hasOwn(parts, last))
    delete parts[last] // eslint-disable-line @typescript-eslint/no-dynamic-delete -- made from the file
  else return leaveOut(raw, path.slice(0, -1))
  return true
}
