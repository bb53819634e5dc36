import type { Archive } from './archive.ts'
import { elfReader } from './elf.ts'
import type { Entry } from './listing.ts'

/** What an archive has to be told by, besides its digest. */
export type Told = Pick<Archive, 'version' | 'arch' | 'glibc' | 'libc' | 'logging' | 'metrics' | 'netty'>

/** Looks for what makes an archive the kind that it should be. */
export interface KindReader {
  /** takes the bytes of this entry; undefined where they do not matter. `path` is below the top folder */
  entry(path: string, entry: Entry): { read(chunk: Buffer): void; end(): void } | undefined
  /** what was found; `wrong` in words where it is of another kind */
  result(): { told: Told } | { wrong: string }
}

export const kindReader = (kind: Archive['kind']): KindReader => (kind === 'java' ? javaReader() : zookeeperReader())

const isFile = ({ type }: Entry): boolean => type === 'file' || type === 'contiguous-file'

/** A Java runtime for Linux: an executable bin/java that is an ELF file. The release file tells its version. */
function javaReader(): KindReader {
  const elf = elfReader()
  const paths = new Set<string>()
  let release = ''
  let runs = false
  return {
    entry(path, entry) {
      paths.add(path.split('/').slice(0, 2).join('/'))
      if (!isFile(entry)) return undefined
      if (path === 'release')
        return {
          read: (chunk) => (release = (release + chunk.toString('utf8')).slice(0, 65_536)),
          end: () => undefined,
        }
      const main = path === 'bin/java'
      if (!main && !path.endsWith('/libjvm.so')) return undefined
      if (main) runs = (entry.mode & 0o111) !== 0
      return {
        read(chunk) {
          elf.read(chunk)
        },
        end() {
          elf.end(main)
        },
      }
    },
    result() {
      const found = elf.result()
      if (paths.has('Contents/Home')) return { wrong: 'it is a Java runtime for macOS; the hosts run Linux' }
      if (paths.has('bin/java.exe')) return { wrong: 'it is a Java runtime for Windows; the hosts run Linux' }
      if (!paths.has('bin/java')) return { wrong: 'it is no Java runtime: it has no bin/java' }
      if (!runs) return { wrong: 'its bin/java is not executable' }
      if (found.arch === undefined) return { wrong: 'its bin/java is no Linux program' }
      const version = /^JAVA_VERSION="?([^"\n]+)"?$/m.exec(release)?.[1]
      return { told: { ...found, ...(version === undefined ? {} : { version }) } }
    },
  }
}

/** ZooKeeper as Apache packs it for running: its jar is in lib/, with what it logs by. */
function zookeeperReader(): KindReader {
  const jars = new Set<string>()
  let source = false
  return {
    entry(path, entry) {
      const jar = isFile(entry) ? /^lib\/([^/]+)\.jar$/.exec(path)?.[1] : undefined
      if (jar !== undefined) jars.add(jar)
      source ||= path === 'pom.xml'
      return undefined
    },
    result() {
      const name = [...jars].find((jar) => /^zookeeper(-\d.*)?$/.test(jar))
      if (name === undefined)
        return {
          wrong: source
            ? "it is ZooKeeper's source: take the archive that ends in -bin.tar.gz"
            : 'it is no ZooKeeper: it has no lib/zookeeper-….jar',
        }
      const version = /^zookeeper-(.+)$/.exec(name)?.[1]
      const logging = loggingOf([...jars])
      const told = { ...(version === undefined ? {} : { version }), ...(logging === undefined ? {} : { logging }) }
      return { told: { ...told, metrics: hasMetrics([...jars]), netty: hasNetty([...jars]) } }
    },
  }
}

/** ZooKeeper's Prometheus provider, and the client library that it is written with. */
export const hasMetrics = (jars: readonly string[]): boolean =>
  [/^zookeeper-prometheus-metrics\b/, /^simpleclient(-\d|$)/, /^simpleclient_servlet\b/, /^jetty-servlet\b/].every(
    (pattern) => jars.some((jar) => pattern.test(jar)),
  )

/** What NettyServerCnxnFactory is written with; its codecs and epoll are in jars of other names from version to version. */
export const hasNetty = (jars: readonly string[]): boolean =>
  ['buffer', 'codec(-base)?', 'common', 'handler', 'resolver', 'transport', 'transport-(classes|native)-epoll'].every(
    (part) => jars.some((jar) => new RegExp(`^netty-${part}(-\\d|$)`).test(jar)),
  )

/** 3.8 and later bring logback, 3.5 to 3.7 log4j 1.2 or reload4j, which reads the same configuration. */
export function loggingOf(jars: readonly string[]): 'logback' | 'log4j' | undefined {
  const has = (pattern: RegExp): boolean => jars.some((jar) => pattern.test(jar))
  if (has(/^logback-classic\b/)) return 'logback'
  return has(/^(log4j-1\.2|log4j-1|reload4j|slf4j-log4j12|slf4j-reload4j)\b/) ? 'log4j' : undefined
}
