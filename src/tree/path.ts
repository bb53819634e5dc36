/** Where metadata of all trees is; no tree may reach into it (DESIGN section 9). */
export const metaFolder = '/dman/meta'

// ZooKeeper's PathUtils.validatePath looks at Java's chars, that is UTF-16 code units, as this expression without the
// u flag does. So emoji, being surrogate pairs, are refused as well.
const forbidden = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/

const codePoint = (text: string): string =>
  `U+${(text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** Why ZooKeeper would refuse a name between two slashes, in words; undefined where it would not. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'an empty name'
  if (name === '.' || name === '..') return `the name ${name}`
  const at = name.search(forbidden)
  return at < 0 ? undefined : `the character ${codePoint(name.slice(at))} in a name`
}

/** Why an absolute path cannot be that of a tree's znode, in words; undefined where it can. */
export function pathProblem(path: string): string | undefined {
  if (!path.startsWith('/')) return 'a path that does not start with /'
  for (const name of path === '/' ? [] : path.slice(1).split('/')) {
    const problem = nameProblem(name)
    if (problem !== undefined) return problem
  }
  if (isWithin('/zookeeper', path)) return 'a path below /zookeeper, which is ZooKeeper’s own'
  return isWithin(metaFolder, path) ? `a path below ${metaFolder}, where metadata is` : undefined
}

/** Whether `path` is `top` or below it. */
export const isWithin = (top: string, path: string): boolean =>
  top === '/' || path === top || (path.startsWith(top) && path[top.length] === '/')

export const join = (folder: string, name: string): string => (folder === '/' ? `/${name}` : `${folder}/${name}`)

/** `/` for `/a`; undefined for `/`. */
export function parentOf(path: string): string | undefined {
  if (path === '/') return undefined
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

/** `/a`, `/a/b` for `/a/b/c`: what has to be there before it, without the root that always is. */
export function ancestorsOf(path: string): string[] {
  const names = path.split('/').slice(1, -1)
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)
}

/** Places of one tree's metadata. */
export function metaOf(name: string) {
  const folder = `${metaFolder}/${name}`
  return { folder, head: `${folder}/HEAD`, manifest: `${folder}/manifest` }
}

/** The folders that metadata of a tree needs, parents first. */
export const metaFolders = (name: string): string[] => {
  const { manifest } = metaOf(name)
  return [...ancestorsOf(manifest), manifest]
}
