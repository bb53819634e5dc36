import { Failure } from '../model/failure.ts'
import { fetchText, NotThere, type FetchOptions } from './download.ts'

/** Where Apache's archives and their checksums are, as base URLs without a slash at the end, in the order they are tried. */
export interface ApacheSites {
  readonly archives: readonly string[]
  /** only Apache's own sites: a checksum from a mirror proves nothing about that mirror's archive */
  readonly checksums: readonly string[]
}

/** `base` replaces all of them, for tests against a server of their own. */
export function apacheSites(base?: string): ApacheSites {
  if (base !== undefined && base !== '')
    return { archives: [base.replace(/\/+$/, '')], checksums: [base.replace(/\/+$/, '')] }
  const archive = 'https://archive.apache.org/dist/zookeeper'
  return {
    archives: ['https://dlcdn.apache.org/zookeeper', archive],
    checksums: ['https://downloads.apache.org/zookeeper', archive],
  }
}

export const apacheFile = (version: string): string => `apache-zookeeper-${version}-bin.tar.gz`

const urlOf = (base: string, version: string): string => `${base}/zookeeper-${version}/${apacheFile(version)}`

export const archiveUrls = ({ archives }: ApacheSites, version: string): readonly string[] =>
  archives.map((base) => urlOf(base, version))

/**
 * The digest in a .sha512 file, in any of the forms that Apache has used: `<hex>  <file>`, or `<file>: <hex in groups>`.
 * Undefined where there is not exactly one, or where it is another file's.
 */
export function publishedDigest(text: string, file: string): string | undefined {
  const names = text.match(/[\w.+-]+\.tar\.gz/g) ?? []
  if (names.some((name) => name !== file)) return undefined
  const digits = text
    .replaceAll(file, ' ')
    .replace(/[:*\s]/g, '')
    .toLowerCase()
  return /^[0-9a-f]{128}$/.test(digits) ? digits : undefined
}

/** The checksum `sha512:…` that Apache publishes for a version. Rejects with a Failure. */
export async function fetchPublished(sites: ApacheSites, version: string, options: FetchOptions): Promise<string> {
  const own = new Set(sites.checksums.map((base) => new URL(base).origin))
  const url = (base: string): string => `${urlOf(base, version)}.sha512`
  const { text, from } = await firstThere(sites.checksums.map(url), (place) => fetchText(place, options), version)
  const step = `read the checksum of ZooKeeper ${version}`
  const hint = "name an archive and its checksum in the inventory, as Apache's download page shows them"
  if (!own.has(new URL(from).origin))
    throw new Failure({ step, got: `it comes from ${new URL(from).origin}, which is not Apache's own site`, hint })
  const digest = publishedDigest(text, apacheFile(version))
  if (digest === undefined) throw new Failure({ step, got: `${from} holds no sha512 of ${apacheFile(version)}`, hint })
  return `sha512:${digest}`
}

/** The first place that has it; the last one's failure where none has. A version that no place has is the inventory's fault. */
export async function firstThere<T>(
  places: readonly string[],
  get: (place: string) => Promise<T>,
  version: string,
): Promise<T> {
  const failures: Failure[] = []
  for (const place of places) {
    try {
      return await get(place)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      failures.push(error)
    }
  }
  const other = failures.find((error) => !(error instanceof NotThere))
  if (other !== undefined) throw other
  throw new Failure({
    step: `look for ZooKeeper ${version}`,
    got: 'Apache has no such release',
    hint: 'correct `zookeeper.version`; zookeeper.apache.org/releases.html lists them',
    exit: 3,
    cause: failures[0],
  })
}
