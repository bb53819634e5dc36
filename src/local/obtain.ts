import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ArchiveSource, Inventory } from '../inventory/inventory.ts'
import type { Emit } from '../model/event.ts'
import { Failure } from '../model/failure.ts'
import { shownUrl } from '../model/shown-url.ts'
import { together } from '../model/together.ts'
import { apacheFile, type ApacheSites, apacheSites, archiveUrls } from './apache.ts'
import type { Archive } from './archive.ts'
import { cacheFolder, identityOf, recall, recallFile, remember, type Remembered } from './remembered.ts'
import { codeOf } from './state.ts'

// What reads tarballs and speaks https is loaded late: a run with nothing to do needs neither.
type Kind = Archive['kind']

export interface ObtainOptions {
  readonly emit: Emit
  readonly deadline: AbortSignal
  /** where downloads and what is remembered of archives are kept; by default the user's cache directory */
  readonly cache?: string
  /** PEM of the CA to trust, and the places of Apache's archives; for tests. DMAN_APACHE_BASE sets the latter, too */
  readonly ca?: string
  readonly apache?: ApacheSites
  /** ms without a byte after which a server is given up */
  readonly stall?: number
}

/**
 * Both archives of an inventory, verified, side by side. Rejects with Failures that name all that is wrong with either. Case 7:
 * it is called before any host is contacted.
 */
export async function obtainArchives(
  { java, zookeeper }: Pick<Inventory, 'java' | 'zookeeper'>,
  options: ObtainOptions,
): Promise<{ readonly java: Archive; readonly zookeeper: Archive }> {
  const both = [obtain('java', java, options), obtain('zookeeper', zookeeper.archive, options)] as const
  const [first, second] = await together<readonly [Archive, Archive]>(both, 'read the archives')
  return { java: first, zookeeper: second }
}

/**
 * One archive on the operator's disk: the file that is named, or a download, verified by checksum. A file that was read before
 * and has not changed is not read again. Rejects with a Failure: exit 3 where the file is not what the inventory says of it,
 * 1 where it cannot be had.
 */
export async function obtain(kind: Kind, source: ArchiveSource, options: ObtainOptions): Promise<Archive> {
  const task = `archives/${kind}`
  const work = { begun: false }
  const progress: Progress = (title, done, total) => {
    if (!work.begun) options.emit({ task, is: 'begun', title })
    work.begun = true
    options.emit({ task, is: 'progress', done, total, unit: 'bytes' })
  }
  const settings = { ...options, kind, cache: options.cache ?? cacheFolder(process.env), progress: paced(progress) }
  try {
    const archive = await locate(source, settings)
    if (work.begun) options.emit({ task, is: 'ended', outcome: 'done' })
    return archive
  } catch (error) {
    if (work.begun) options.emit({ task, is: 'ended', outcome: 'failed' })
    throw error
  }
}

type Progress = (title: string, done: number, total: number) => void

/** The first and the last of a work, and ten a second between. */
function paced(progress: Progress): Progress {
  let last = { title: '', at: 0 }
  return (title, done, total) => {
    const now = performance.now()
    if (title === last.title && done < total && now - last.at < 100) return
    last = { title, at: now }
    progress(title, done, total)
  }
}

interface Settings extends ObtainOptions {
  readonly kind: Kind
  readonly cache: string
  readonly progress: Progress
}

async function locate(source: ArchiveSource, settings: Settings): Promise<Archive> {
  if (source.from === 'path') return verified(await read(source.path, source.checksum, settings), source, settings)
  if (source.from === 'url') {
    const wrong = (got: string) => wrongChecksum(shownUrl(source.url), source.checksum, got, 3)
    const path = await downloaded([source.url], source.checksum, wrong, settings)
    return verified(await read(path, source.checksum, settings), source, settings)
  }
  const { version } = source
  const sites = settings.apache ?? apacheSites(process.env['DMAN_APACHE_BASE'])
  const published = await publishedBy(sites, version, settings)
  if (source.checksum?.startsWith('sha512:') === true && source.checksum !== published)
    throw wrongChecksum(`${apacheFile(version)}, as Apache publishes it`, source.checksum, published, 3)
  const wrong = (got: string) => wrongChecksum(apacheFile(version), published, got, 1)
  const path = await downloaded(archiveUrls(sites, version), published, wrong, settings, version)
  return verified(await read(path, source.checksum ?? published, settings), source, settings)
}

/** Asked once for a release: a published checksum never changes. */
async function publishedBy(sites: ApacheSites, version: string, settings: Settings): Promise<string> {
  const key = `${sites.checksums.join(' ')} ${version}`
  const known = (await recall(settings.cache)).published[key]
  if (known !== undefined && /^sha512:[0-9a-f]{128}$/.test(known)) return known
  const { fetchPublished } = await import('./published.ts')
  const published = await fetchPublished(sites, version, settings)
  await remember(settings.cache, { published: { [key]: published } })
  return published
}

/** The path of a download in the cache, by its checksum; fetched from the first of `urls` that has it where it is not there. */
async function downloaded(
  urls: readonly string[],
  checksum: string,
  wrong: (got: string) => Failure,
  settings: Settings,
  version = '',
): Promise<string> {
  const path = join(settings.cache, 'downloads', `${checksum.replace(':', '-')}.tar.gz`)
  if (await isThere(path, checksum, settings)) return path
  const [{ downloadFile }, { firstThere }] = await Promise.all([import('./download.ts'), import('./published.ts')])
  const fetch = async (url: string): Promise<void> => {
    const title = `download ${basename(shownUrl(url))}`
    const progress = (done: number, total: number) => settings.progress(title, done, total)
    await downloadFile(url, path, checksum, { ...settings, wrong, progress })
  }
  if (version === '') await fetch(urls[0] ?? '')
  else await firstThere(urls, fetch, version)
  return path
}

/** True where the cache holds the download and its content is still the right one. */
async function isThere(path: string, checksum: string, settings: Settings): Promise<boolean> {
  const there = await stat(path).then(
    () => true,
    () => false,
  )
  return there && digestOf(await read(path, checksum, settings), checksum) === checksum
}

interface Read {
  readonly path: string
  readonly sha256: string
  readonly sha512?: string | undefined
  readonly found: Archive | { wrong: string }
}

/** What is known of a file, or what one pass over it tells. */
async function read(path: string, checksum: string | undefined, settings: Settings): Promise<Read> {
  const { kind, cache, progress, deadline } = settings
  const file = await identify(path)
  const known = recallFile(await recall(cache), file, kind)
  const wants512 = checksum?.startsWith('sha512:') === true
  if (known !== undefined && (!wants512 || known.sha512 !== undefined))
    return { path, sha256: known.archive.sha256, sha512: known.sha512, found: known.archive }
  const total = Number(file.size)
  const title = `read ${basename(path)}`
  const { examine } = await import('./examine.ts')
  const examined = await examine(path, {
    kind,
    sha512: wants512,
    deadline,
    progress: (done) => progress(title, done, total),
  }).catch((error: unknown) => {
    const isFiles = error instanceof Error && 'syscall' in error && 'code' in error
    throw isFiles ? unreadable(path, codeOf(error), error) : error
  })
  const { found, sha256, sha512 } = examined
  if (JSON.stringify(await identify(path)) !== JSON.stringify(file))
    throw new Failure({
      step: `read ${path}`,
      got: 'it changed while it was read',
      hint: 'run again once it is complete',
    })
  if (!('wrong' in found)) {
    const fresh: Remembered = { file, archive: found, ...(sha512 === undefined ? {} : { sha512 }) }
    await remember(cache, { archives: [fresh] })
  }
  return { path, sha256, sha512, found }
}

async function identify(path: string) {
  try {
    return identityOf(path, await stat(path, { bigint: true }))
  } catch (cause) {
    throw unreadable(path, codeOf(cause), cause)
  }
}

const unreadable = (path: string, got: string, cause: unknown): Failure =>
  new Failure({ step: `read ${path}`, got, hint: 'make it a file that you may read', exit: 3, cause })

const digestOf = ({ sha256, sha512 }: Read, checksum: string): string =>
  checksum.startsWith('sha512:') ? `sha512:${sha512 ?? ''}` : `sha256:${sha256}`

/** The archive, where it is what the inventory says: checksum first, then kind, then version. */
function verified(read: Read, source: ArchiveSource, { kind }: Settings): Archive {
  const { path, found } = read
  if (source.checksum !== undefined && digestOf(read, source.checksum) !== source.checksum)
    throw wrongChecksum(path, source.checksum, digestOf(read, source.checksum), 3)
  if ('wrong' in found)
    throw new Failure({
      step: `read ${path}`,
      got: found.wrong,
      hint:
        kind === 'java'
          ? "name a .tar.gz of a Java runtime for Linux, such as Temurin's"
          : "name Apache's apache-zookeeper-…-bin.tar.gz",
      exit: 3,
    })
  if (source.version !== undefined && found.version !== undefined && found.version !== source.version)
    throw new Failure({
      step: `read ${path}`,
      got: `it is version ${found.version}, and the inventory says ${source.version}`,
      hint: 'correct `version` or `archive`',
      exit: 3,
    })
  return found
}

function wrongChecksum(what: string, wanted: string, got: string, exit: 1 | 3): Failure {
  const hint =
    exit === 3
      ? 'get the archive anew from its publisher, and compare the checksum in the inventory with what they publish'
      : 'try again later, or name another archive and its checksum in the inventory'
  return new Failure({ step: `verify ${what}`, got: `its checksum is ${got}, not ${wanted}`, hint, exit })
}
