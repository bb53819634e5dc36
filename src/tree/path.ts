import { metaFolder } from '../model/znode-path.ts'

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
  return {
    folder,
    head: `${folder}/HEAD`,
    manifest: `${folder}/manifest`,
    acls: `${folder}/acls`,
    history: `${folder}/history`,
  }
}

/** The record of one generation, with the bytes that it replaced below it. */
export const recordAt = (name: string, generation: number): string =>
  `${metaOf(name).history}/${String(generation).padStart(10, '0')}`

export const bytesAt = (name: string, generation: number, hash: string): string =>
  `${recordAt(name, generation)}/${hash}`

/** The folders that metadata of a tree needs, parents first. */
export const metaFolders = (name: string): string[] => {
  const { manifest, acls, history } = metaOf(name)
  return [...ancestorsOf(manifest), manifest, acls, history]
}
