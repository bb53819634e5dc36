import { Failure } from '../model/failure.ts'
import { format, formatIs, laterVersion } from '../model/format.ts'
import type { HostName, Sha256 } from '../model/names.ts'
import { isRecord } from '../model/record.ts'
import { parseRecord } from './state.ts'

/** What a backup says of itself; all zxids are 16 hex digits. */
export interface BackupManifest {
  readonly ensemble: string
  /** the founding of the ensemble that it was taken of */
  readonly founding: string
  /** ISO 8601, by the operator's clock */
  readonly at: string
  /** the member that it was taken from, and what ran there */
  readonly from: { readonly host: HostName; readonly id: number; readonly version: string | null }
  /** of dman-bootstrap */
  readonly by: string
  /** the last transaction in it, as a replay reached it */
  readonly zxid: string
  /** every write acknowledged before the backup began has this zxid or a lower one; it is at most `zxid` */
  readonly acknowledged: string
  /** of that member when it was taken; null where it had no such file */
  readonly epochs: { readonly current: number | null; readonly accepted: number | null }
  /** /zookeeper/config: its version, and the member lines by id */
  readonly membership: { readonly version: string; readonly members: readonly string[] }
  /**
   * sha256 of the digest id of dman, whom the trees belong to (digestPrint): who restores it needs that very password to write them again. Left out
   * where it was not at hand, and in files of earlier versions
   */
  readonly dman?: Sha256
  /** in the order in which they stand in the file: the snapshot, then logs from the oldest on */
  readonly files: readonly BackedUp[]
}

export interface BackedUp {
  readonly name: string
  readonly size: number
  readonly sha256: Sha256
}

export const manifestText = (manifest: BackupManifest): string =>
  `${JSON.stringify({ format, ...manifest }, null, 2)}\n`

const step = 'read the backup'
const damaged = (got: string): Failure =>
  new Failure({ step, got, hint: 'nothing was changed; take another backup file', exit: 5 })

/** Reads a manifest. Throws a Failure, exit 5, for one of a later version, and for what is none. */
export function readManifest(text: string): BackupManifest {
  const record = parseRecord(text)
  if (record === undefined) throw damaged('its manifest is no JSON')
  const { format: found, ...rest } = record
  const standing = formatIs(found)
  if (standing === 'later') throw laterVersion(Number(found), step)
  if (standing === 'damaged' || !isManifest(rest)) throw damaged('its manifest is not whole')
  return rest
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isZxid = (value: unknown): boolean => isText(value) && /^[0-9a-f]{16}$/.test(value)

function isManifest(value: unknown): value is BackupManifest {
  if (!isRecord(value)) return false
  const { ensemble, founding, at, by, from, zxid, acknowledged, epochs, membership, files, dman = '' } = value
  if (![ensemble, founding, at, by, dman].every(isText) || !isZxid(zxid) || !isZxid(acknowledged)) return false
  if (!isRecord(from) || !isText(from['host']) || !isCount(from['id']) || !isEpochs(epochs)) return false
  return isMembership(membership) && Array.isArray(files) && files.every(isFile)
}

const isMembership = (value: unknown): boolean =>
  isRecord(value) && isZxid(value['version']) && Array.isArray(value['members']) && value['members'].every(isText)

const isEpochs = (value: unknown): boolean =>
  isRecord(value) && [value['current'], value['accepted']].every((each) => each === null || isCount(each))

// The names go into the arguments of a host's tools.
const isFile = (value: unknown): value is BackedUp =>
  isRecord(value) &&
  isText(value['name']) &&
  /^(snapshot|log)\.[0-9a-f]{1,16}(\.gz|\.snappy)?$/.test(value['name']) &&
  isCount(value['size']) &&
  isText(value['sha256']) &&
  /^[0-9a-f]{64}$/.test(value['sha256'])
