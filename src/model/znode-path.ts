/** Where metadata of all trees is; no tree may reach into it (docs/design.md, Trees). */
export const metaFolder = '/dman/meta'

// ZooKeeper's PathUtils.validatePath looks at Java's chars, that is UTF-16 code units, as this expression without the
// u flag does. So emoji, being surrogate pairs, are refused as well.
const forbidden = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/

const codePoint = (text: string): string =>
  `U+${(text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** Why ZooKeeper would refuse a name between two slashes, in words; undefined where it would not. */
function nameProblem(name: string): string | undefined {
  if (name === '') return 'an empty name'
  if (name === '.' || name === '..') return `the name ${name}`
  const at = name.search(forbidden)
  return at < 0 ? undefined : `the character ${codePoint(name.slice(at))} in a name`
}

/** Why an absolute path cannot be that of a tree's znode, in words; undefined where it can. */
export function znodeProblem(path: string): string | undefined {
  if (!path.startsWith('/')) return 'a path that does not start with /'
  for (const name of path === '/' ? [] : path.slice(1).split('/')) {
    const problem = nameProblem(name)
    if (problem !== undefined) return problem
  }
  if (isWithin('/zookeeper', path)) return 'a path below /zookeeper, which is ZooKeeper’s own'
  return isWithin(metaFolder, path) ? `a path below ${metaFolder}, where metadata is` : undefined
}

/** Why a path cannot be that of a whole tree: as `znodeProblem`, and what lies above the metadata is no tree's. */
export function treeProblem(path: string): string | undefined {
  if (path === '/') return 'the root, which holds what is not ours'
  if (isWithin(path, metaFolder) && path !== metaFolder) return `a path above ${metaFolder}, where metadata is`
  return path.length > 1 && path.endsWith('/') ? 'a path that ends with /' : znodeProblem(path)
}

/** Whether `path` is `top` or below it. */
export const isWithin = (top: string, path: string): boolean =>
  top === '/' || path === top || (path.startsWith(top) && path[top.length] === '/')
