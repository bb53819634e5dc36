import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import type { ReleaseName, Sha256 } from '../model/names.ts'

/** One verified archive on the operator's disk, and what its listing tells; read once, then remembered. */
export interface Archive {
  readonly kind: 'java' | 'zookeeper'
  readonly path: string
  /** bytes of the tarball */
  readonly size: number
  readonly sha256: Sha256
  /** `java-` or `zookeeper-` and the first 12 hex digits of the sha256 */
  readonly release: ReleaseName
  /** what it takes on a disk of 4 KiB blocks */
  readonly unpackedBytes: number
  readonly entries: number
  /** as the archive names itself, where it does: `3.9.5`, `17.0.12` */
  readonly version?: string
  /** java: `x86_64` or `aarch64` out of the ELF header, and the highest GLIBC_ version that its binaries want */
  readonly arch?: string
  readonly glibc?: string
  /** java: which libc its binaries are linked with; absent where that cannot be told */
  readonly libc?: 'glibc' | 'musl'
  /** zookeeper: what it logs with, told by the jars in lib/ */
  readonly logging?: 'logback' | 'log4j'
  /** zookeeper: whether lib/ has what `ports.metrics` needs */
  readonly metrics?: boolean
  /** zookeeper: whether lib/ has what `ports.secure` needs */
  readonly netty?: boolean
}

/** The tarball's bytes, in reads large enough for speed, and small enough that nine uploads at once stay below 150 MB. */
export const openArchive = ({ path }: Pick<Archive, 'path'>): Readable =>
  createReadStream(path, { highWaterMark: 2 ** 17 })
