import { readAcl } from '../model/acl-text.ts'
import { isWithin, treeProblem } from '../model/znode-path.ts'
import type { Disk } from './paths.ts'
import { pathProblem } from './paths.ts'
import type { Problem } from './problem.ts'
import type { RawInventory } from './schema.ts'

export function checkTrees({ trees }: RawInventory, disk: Disk): Problem[] {
  const all = Object.entries(trees)
  return all.flatMap(([name, tree], index) => [
    ...treePathProblem(name, tree.path, all.slice(0, index)),
    ...pathProblem(tree.from, ['trees', name, 'from'], 'directory', disk),
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
