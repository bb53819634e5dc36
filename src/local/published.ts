import { Failure } from '../model/failure.ts'
import { apacheFile, type ApacheSites, apacheUrl, publishedDigest } from './apache.ts'
import { type FetchOptions, fetchText, NotThere } from './download.ts'

/** The checksum `sha512:…` that Apache publishes for a version. Rejects with a Failure. */
export async function fetchPublished(sites: ApacheSites, version: string, options: FetchOptions): Promise<string> {
  const own = new Set(sites.checksums.map((base) => new URL(base).origin))
  const url = (base: string): string => `${apacheUrl(base, version)}.sha512`
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
