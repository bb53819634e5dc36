import { ipv6Since, isIpv6, readAcl } from '../model/acl-text.ts'
import { patternProblem } from '../model/pattern.ts'
import { compareVersions } from '../model/version.ts'
import { isWithin, treeProblem } from '../model/znode-path.ts'
import { checkFolders } from './check-folders.ts'
import { isPath, type RawTree } from './complete-trees.ts'
import { type Disk, pathProblem } from './paths.ts'
import type { Path, Problem } from './problem.ts'
import type { RawInventory } from './schema.ts'

export function checkTrees(raw: RawInventory, disk: Disk): Problem[] {
  const all = Object.entries(raw.trees)
  const { version } = raw.zookeeper
  return all.flatMap(([name, tree], index) => {
    const path = ['trees', name]
    return [
      ...treePathProblem(name, tree.path, all.slice(0, index)),
      ...checkFolders(tree, path, raw, disk),
      ...checkFormat(tree, path),
      ...checkRoot(tree, path, all.slice(0, index)),
      ...checkCommands(tree, path, disk),
      ...checkAcl(tree.acl, [...path, 'acl'], version),
      ...Object.entries(tree.acls).flatMap(([pattern, acl]) => [
        ...checkPattern(pattern, [...path, 'acls', pattern], 'key'),
        ...checkAcl(acl, [...path, 'acls', pattern], version),
      ]),
      ...tree.secret.flatMap((pattern, item) => checkPattern(pattern, [...path, 'secret', item], 'value')),
    ]
  })
}

function treePathProblem(
  name: string,
  path: string,
  earlier: readonly (readonly [string, { path: string }])[],
): Problem[] {
  const problem = (what: string, hint: string): Problem[] => [
    { path: ['trees', name, 'path'], at: 'value', what: `\`${path}\`: ${what}`, hint },
  ]
  const example = 'write a path such as /dman/config'
  const why = treeProblem(path)
  if (why !== undefined) return problem(why, example)
  const other = earlier.find(([, { path: taken }]) => isWithin(path, taken) || isWithin(taken, path))
  if (other === undefined) return []
  return problem(`it and \`${other[1].path}\` of \`${other[0]}\` lie in each other`, 'give each tree a path of its own')
}

/** There is one `/`, so one tree speaks for it. */
function checkRoot({ root }: RawTree, path: Path, earlier: readonly (readonly [string, RawTree])[]): Problem[] {
  const other = earlier.find(([, tree]) => tree.root === 'closed')
  if (root === 'open' || other === undefined) return []
  const what = `\`root: closed\` stands with \`${other[0]}\` already`
  return [{ path: [...path, 'root'], at: 'key', what, hint: 'one tree is enough: leave it out here' }]
}

/** What would be without any effect is a mistake. */
function checkFormat({ format, separator, templates, vars }: RawTree, path: Path): Problem[] {
  const problem = (key: string, what: string, hint: string): Problem => ({
    path: [...path, key],
    at: 'key',
    what,
    hint,
  })
  return [
    ...(format === 'files' && separator !== undefined
      ? [problem('separator', '`separator` is between nested keys, and `format` is `files`', 'write `format: keys`')]
      : []),
    ...(!templates && Object.keys(vars).length > 0
      ? [problem('vars', '`vars` are for templates, and `templates` is not `true`', 'write `templates: true`')]
      : []),
  ]
}

function checkCommands({ schema, validate }: RawTree, path: Path, disk: Disk): Problem[] {
  const [command] = validate ?? []
  return [
    ...(schema === undefined ? [] : pathProblem(schema, [...path, 'schema'], 'file', disk)),
    ...(command !== undefined && isPath(command) ? pathProblem(command, [...path, 'validate', 0], 'file', disk) : []),
  ]
}

function checkPattern(pattern: string, path: Path, at: Problem['at']): Problem[] {
  const problem = (what: string, hint: string): Problem[] => [{ path, at, what: `\`${pattern}\`: ${what}`, hint }]
  const why = patternProblem(pattern)
  if (why !== undefined) return problem(why, 'write a path below the tree’s such as db/*, or db/** for all below db')
  // JavaScript's objects have such keys first, whatever the order in the file
  if (at === 'key' && /^\d+$/.test(pattern))
    return problem('its place among the others would be lost', `write /${pattern}`)
  return []
}

/** `version` of ZooKeeper, where the file says it: any other server refuses what it does not take before anything is written. */
function checkAcl(texts: readonly string[], path: Path, version: string | undefined): Problem[] {
  const isOld = version !== undefined && compareVersions(version, ipv6Since) < 0
  const wrong = texts.flatMap((text, item): Problem[] => {
    const acl = readAcl(text)
    const problem = (why: string, hint: string): Problem[] => [
      { path: [...path, item], at: 'value', what: `\`${text}\`: ${why}`, hint },
    ]
    if ('wrong' in acl) return problem(acl.wrong, 'write scheme:id:permissions such as world:anyone:r')
    if (!isOld || !isIpv6(acl)) return []
    return problem(`ZooKeeper ${version} takes no IPv6 address in an ACL`, `use ${ipv6Since} or a later 3.9, or IPv4`)
  })
  return [...writeProblem(texts, path), ...wrong]
}

/** An ACL that keeps `dman` from writing makes znodes that no later run could change or remove, or give another ACL. */
function writeProblem(texts: readonly string[], path: Path): Problem[] {
  const needed = ['c', 'd', 'r', 'w', 'a']
  const all = texts.map(readAcl)
  const has = all.flatMap((acl) => {
    if ('wrong' in acl) return needed
    const isOurs = acl.scheme === 'world' || (acl.scheme === 'digest' && acl.id === 'dman')
    return isOurs ? acl.perms.split('') : []
  })
  const lacks = needed.filter((perm) => !has.includes(perm)).join('')
  if (lacks === '') return []
  const what = `\`dman\` would lack the permissions ${lacks}: no later run could change the tree`
  return [{ path, at: 'value', what, hint: 'add digest:dman:cdrwa' }]
}
