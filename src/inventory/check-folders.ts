import { dirname, join } from 'node:path'
import { isWithin } from '../model/znode-path.ts'
import { foldersOf, type RawTree } from './complete-trees.ts'
import { absolutePath, type Disk, pathProblem } from './paths.ts'
import { privateKey, type PrivatePath, secretsFile, stateFolder, usualKeys } from './private-paths.ts'
import type { Path, Problem } from './problem.ts'
import type { RawInventory } from './schema.ts'

/** The folders that a tree comes from; `path` is the tree's. */
export function checkFolders(tree: RawTree, path: Path, raw: RawInventory, disk: Disk): Problem[] {
  const folders = foldersOf(tree)
  return folders.flatMap((from, index) => {
    const at = [...path, 'from', ...(Array.isArray(tree.from) ? [index] : [])]
    const problems = pathProblem(from, at, 'directory', disk)
    return [...problems, ...publishing(from, at, raw, disk), ...overlapping(folders.slice(0, index), from, at, disk)]
  })
}

/** A source that holds passwords or private keys, or lies among them, would show them to whoever may read the tree. */
function publishing(from: string, path: Path, raw: RawInventory, disk: Disk): Problem[] {
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

/** The same file would be two znodes, or win over itself. */
function overlapping(earlier: readonly string[], from: string, path: Path, disk: Disk): Problem[] {
  const folder = absolutePath(from, disk)
  const other = earlier.find((one) => {
    const before = absolutePath(one, disk)
    return isWithin(before, folder) || isWithin(folder, before)
  })
  if (other === undefined) return []
  const what = `\`${from}\`: it and \`${other}\` lie in each other`
  return [{ path, at: 'value', what, hint: 'give each layer a folder of its own, such as ./common and ./production' }]
}
