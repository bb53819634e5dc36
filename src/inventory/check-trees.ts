import { dirname, join } from 'node:path'
import { readAcl } from '../model/acl-text.ts'
import { isWithin, treeProblem } from '../model/znode-path.ts'
import type { Disk } from './paths.ts'
import { absolutePath, pathProblem } from './paths.ts'
import { privateKey, secretsFile, stateFolder, usualKeys, type PrivatePath } from './private-paths.ts'
import type { Problem } from './problem.ts'
import type { RawInventory } from './schema.ts'

export function checkTrees(raw: RawInventory, disk: Disk): Problem[] {
  const all = Object.entries(raw.trees)
  return all.flatMap(([name, tree], index) => [
    ...treePathProblem(name, tree.path, all.slice(0, index)),
    ...pathProblem(tree.from, ['trees', name, 'from'], 'directory', disk),
    ...publishing(tree.from, ['trees', name, 'from'], raw, disk),
    ...writeProblem(name, tree.acl),
    ...tree.acl.flatMap((text, item): Problem[] => {
      const acl = readAcl(text)
      const hint = 'write scheme:id:permissions such as world:anyone:r'
      return 'wrong' in acl
        ? [{ path: ['trees', name, 'acl', item], at: 'value', what: `\`${text}\`: ${acl.wrong}`, hint }]
        : []
    }),
  ])
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

/** A source that holds passwords or private keys, or lies among them, would show them to whoever may read the tree. */
function publishing(from: string, path: Problem['path'], raw: RawInventory, disk: Disk): Problem[] {
  const source = absolutePath(from, disk)
  const found = privateOf(raw, disk).find((one) => isWithin(source, one.path) || isWithin(one.path, source))
  if (found === undefined) return []
  const what = `${source} would publish ${found.path}, ${found.what}`
  return [{ path, at: 'value', what, hint: 'give the tree a folder of its own, such as ./config' }]
}

function privateOf({ ssh, hosts, secrets }: RawInventory, disk: Disk): readonly PrivatePath[] {
  const keys = [ssh.identity, ...Object.values(hosts).map((host) => host.ssh?.identity)]
  return [
    stateFolder(join(dirname(disk.file), '.dman')),
    ...(secrets === undefined ? [] : [secretsFile(absolutePath(secrets, disk))]),
    ...keys.flatMap((key) => (key === undefined ? [] : [privateKey(absolutePath(key, disk))])),
    usualKeys(disk.home),
  ]
}

/** An ACL that keeps `dman` from writing makes znodes that no later run could change or remove. */
function writeProblem(name: string, texts: readonly string[]): Problem[] {
  const all = texts.map(readAcl)
  const has = all.flatMap((acl) => {
    if ('wrong' in acl) return ['c', 'd', 'r', 'w']
    const isOurs = acl.scheme === 'world' || (acl.scheme === 'digest' && acl.id === 'dman')
    return isOurs ? acl.perms.split('') : []
  })
  const lacks = ['c', 'd', 'r', 'w'].filter((perm) => !has.includes(perm)).join('')
  if (lacks === '') return []
  const what = `\`dman\` would lack the permissions ${lacks}: no later run could change the tree`
  return [{ path: ['trees', name, 'acl'], at: 'value', what, hint: 'add digest:dman:cdrwa' }]
}
