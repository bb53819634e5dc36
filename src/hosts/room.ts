import { asidesKept } from '../model/asides.ts'
import type { HostFacts, MachineFacts } from '../remote/host-facts.ts'
import { logoutProblem } from './logout.ts'

const MiB = 1024 * 1024

/**
 * Below this the disk of the home counts as full soon: what a snapshot, a transaction log of 64 MiB and the server's logs take until
 * somebody has looked; or a small part of a disk that is not large. ZooKeeper ends when it cannot write.
 */
const least = { bytes: 256 * MiB, part: 0.1, atMost: 4096 * MiB, inodes: 1000, inodePart: 0.05, inodesAtMost: 20_000 }

/** What a person should know of the disk that ~/<home> lies on; empty where there is room. Pure. */
export function roomProblems({ filesystem }: Pick<MachineFacts, 'filesystem'>): readonly string[] {
  const { freeBytes, totalBytes, freeInodes, totalInodes, type } = filesystem
  const isShort = freeBytes < least.bytes || freeBytes < Math.min(totalBytes * least.part, least.atMost)
  const lacksInodes =
    countsInodes({ freeInodes, type }) &&
    (freeInodes < least.inodes || freeInodes < Math.min(totalInodes * least.inodePart, least.inodesAtMost))
  return [
    ...(isShort ? [`its disk fills: ${inMiB(freeBytes)} of ${inMiB(totalBytes)} MiB are free`] : []),
    ...(lacksInodes ? [`its disk fills: ${freeInodes} of ${totalInodes} inodes are free`] : []),
  ]
}

/** Some file systems make inodes as they need them. */
export const countsInodes = ({ freeInodes, type }: Pick<MachineFacts['filesystem'], 'freeInodes' | 'type'>): boolean =>
  freeInodes > 0 || !/btrfs|bcachefs|zfs/.test(type)

const inMiB = (bytes: number): number => Math.floor(bytes / MiB)

/** Of the folders of data that were set aside, those that are older than the newest few: their names begin with the time. Pure. */
export const oldAsides = (asides: readonly string[]): readonly string[] => [...asides].sort().slice(0, -asidesKept)

/** What `status` tells of a host beside its member. Pure. */
export function hostProblems(facts: HostFacts): readonly string[] {
  const { machine, laid } = facts
  const logout = logoutProblem(facts)
  const asides = laid.is === 'present' ? laid.value.asides : []
  const newest = [...asides].sort().at(-1)
  const told =
    newest === undefined
      ? []
      : [
          asides.length === 1
            ? `former data is set aside in ${newest}: delete it once nobody needs it`
            : `former data is set aside ${asides.length} times, last in ${newest}: delete what nobody needs`,
        ]
  return [...roomProblems(machine), ...(logout === undefined ? [] : [`${logout.got}: ${logout.hint}`]), ...told]
}
