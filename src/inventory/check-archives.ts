import { shownUrl } from '../model/shown-url.ts'
import type { Disk } from './paths.ts'
import { pathProblem } from './paths.ts'
import type { Path, Problem } from './problem.ts'
import type { RawInventory } from './schema.ts'

export const isUrl = (archive: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(archive)

export function checkArchives({ java, zookeeper }: RawInventory, disk: Disk): Problem[] {
  const missing: Problem = {
    path: ['zookeeper'],
    at: 'key',
    what: '`zookeeper` has neither `version` nor `archive`',
    hint: "write `version: 3.9.5` for Apache's own archive, or `archive:` and a path",
  }
  return [
    ...checkArchive(java, ['java'], disk),
    ...(zookeeper.archive === undefined && zookeeper.version === undefined ? [missing] : []),
    ...checkArchive(zookeeper, ['zookeeper'], disk),
  ]
}

function checkArchive(
  { archive, checksum }: { archive?: string | undefined; checksum?: string | undefined },
  path: Path,
  disk: Disk,
): Problem[] {
  if (archive === undefined) return []
  const at = { path: [...path, 'archive'], at: 'value' } as const
  if (!isUrl(archive)) return pathProblem(archive, at.path, 'file', disk)
  const secure = 'write an https URL, or download the file and name its path'
  if (!/^https:\/\//i.test(archive)) return [{ ...at, what: `\`${shownUrl(archive)}\` is no https URL`, hint: secure }]
  if (!URL.canParse(archive)) return [{ ...at, what: 'the URL cannot be read', hint: secure }]
  if (checksum !== undefined) return []
  const what = 'an archive from a URL needs its `checksum`'
  return [{ ...at, at: 'key', what, hint: 'write `checksum: sha256:…` as its publisher shows it' }]
}
