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
      const why = aclProblem(text)
      const hint = 'write scheme:id:permissions such as world:anyone:r'
      return why === undefined
        ? []
        : [{ path: ['trees', name, 'acl', item], at: 'value', what: `\`${text}\`: ${why}`, hint }]
    }),
  ])
}

const inside = (path: string, above: string): boolean => path === above || path.startsWith(`${above}/`)

function treePathProblem(
  name: string,
  path: string,
  earlier: readonly (readonly [string, { path: string }])[],
): Problem[] {
  const problem = (what: string, hint: string): Problem[] => [
    { path: ['trees', name, 'path'], at: 'value', what: `\`${path}\`: ${what}`, hint },
  ]
  const example = 'write a path such as /dman/config'
  const why = znodePathProblem(path)
  if (why !== undefined) return problem(why, example)
  if (inside(path, '/zookeeper')) return problem("/zookeeper is ZooKeeper's own", example)
  if (inside(path, '/dman/meta')) return problem('/dman/meta is where the state of trees is kept', example)
  if (path === '/dman') return problem('/dman holds /dman/meta, where the state of trees is kept', example)
  const other = earlier.find(([, { path: taken }]) => inside(path, taken) || inside(taken, path))
  if (other === undefined) return []
  return problem(`it and \`${other[1].path}\` of \`${other[0]}\` lie in each other`, 'give each tree a path of its own')
}

// Names that ZooKeeper's PathUtils refuses.
const forbidden = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/

function znodePathProblem(path: string): string | undefined {
  if (!path.startsWith('/')) return 'a znode path begins with /'
  if (path === '/') return 'the root holds what is not ours'
  if (path.endsWith('/')) return 'a znode path does not end with /'
  if (path.split('/').slice(1).includes('')) return 'a part of it is empty'
  if (/\/\.{1,2}(\/|$)/.test(path)) return '. and .. are no names of znodes'
  return forbidden.test(path) ? 'it has characters that ZooKeeper forbids' : undefined
}

const schemes = ['world', 'digest', 'ip', 'auth', 'x509', 'sasl']

/** An ACL is `scheme:id:permissions`; the id may hold colons. `digest:dman` names our own identity. */
function aclProblem(text: string): string | undefined {
  const parts = /^([^:]*):(.*):([^:]*)$/.exec(text)
  if (parts === null) return 'it does not have three parts'
  const [, scheme = '', id = '', permissions = ''] = parts
  if (!schemes.includes(scheme)) return `there is no scheme \`${scheme}\`; there are ${schemes.join(', ')}`
  if (!/^[cdrwa]+$/.test(permissions) || new Set(permissions).size !== permissions.length)
    return 'permissions are letters out of cdrwa, each once'
  return idProblem(scheme, id)
}

function idProblem(scheme: string, id: string): string | undefined {
  if (scheme === 'world' && id !== 'anyone') return 'the only id of `world` is `anyone`'
  if (scheme === 'digest' && id !== 'dman' && !/^[^:]+:[A-Za-z0-9+/]{27}=$/.test(id))
    return 'the only identity by name is `dman`; others are name:digest'
  return scheme !== 'auth' && id === '' ? 'the id is empty' : undefined
}
