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

export const apacheUrl = (base: string, version: string): string =>
  `${base}/zookeeper-${version}/${apacheFile(version)}`

export const archiveUrls = ({ archives }: ApacheSites, version: string): readonly string[] =>
  archives.map((base) => apacheUrl(base, version))

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
