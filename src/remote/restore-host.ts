import { asidesKept } from '../model/asides.ts'
import { format } from '../model/format.ts'
import type { Sha256 } from '../model/names.ts'
import type { RestoreMark } from './host-facts.ts'
import { type MemberOwner, ownerText } from './member.ts'
import { plainPath } from './quote.ts'
import { allSaid } from './records.ts'
import type { Changes } from './remote.ts'
import mark from './restore-mark.sh'
import release from './restore-release.sh'
import stage from './restore-stage.sh'
import swap from './restore-swap.sh'
import upload from './upload.sh'

// What a restore does on one host, in this order. Each may be repeated, after it was cut short at any point (case 40).

/** Files of a backup, by their names in version-2. */
export type Sums = readonly { readonly name: string; readonly sha256: Sha256 }[]

const sumsText = (files: Sums): string => files.map(({ name, sha256 }) => `${sha256}  ${plainPath(name)}`).join('\n')

/** What data/held says, but for what the host itself finds (`over`). */
export const markText = ({ restore, phase, since, who }: RestoreMark): string =>
  `format: ${format}\nrestore: ${restore}\nphase: ${phase}\nsince: ${since}\nwho: ${who.replace(/[\p{Cc}]+/gu, ' ')}\n`

/** Unpacks the upload `staged` (whose sha256 is `sum`) into tmp/restore.<restore>, verified file by file. */
export const restoreStage: Changes<
  { readonly staged: string; readonly sum: Sha256; readonly restore: string; readonly files: Sums },
  void
> = {
  name: 'restore-stage',
  does: 'unpack the data of the backup',
  changes: true,
  text: [upload, stage].join('\n'),
  variables: ({ staged, sum, restore, files }) => ({
    staged: plainPath(staged),
    sum,
    restore: plainPath(restore),
    sums: sumsText(files),
  }),
  result: () => undefined,
}

/** Marks the host: from here on nothing is started there. Rejects with exit 5 where the data has a stamp that is not `owner`'s. */
export const restoreMark: Changes<{ readonly mark: RestoreMark; readonly owner: MemberOwner }, void> = {
  name: 'restore-mark',
  does: 'mark the host for the restore',
  changes: true,
  text: mark,
  variables: ({ mark, owner }) => ({ mark: markText(mark), owner: ownerText(owner) }),
  result: () => undefined,
}

/** Sets the former data aside for the staged backup, with these epochs; only on a host that is marked, stamped and stopped. */
export const restoreSwap: Changes<
  { readonly mark: RestoreMark; readonly owner: MemberOwner; readonly files: Sums; readonly epoch: number },
  void
> = {
  name: 'restore-swap',
  does: 'put the data of the backup in place',
  changes: true,
  text: swap,
  variables: ({ mark, owner, files, epoch }) => ({
    restore: plainPath(mark.restore),
    since: String(mark.since),
    mark: markText({ ...mark, phase: 'swapped' }),
    owner: ownerText(owner),
    sums: sumsText(files),
    epoch: String(epoch),
  }),
  result: () => undefined,
}

/**
 * Takes the mark away, and former data but the newest `asidesKept`; what of it was removed. `givenUp`: also where nothing was swapped yet.
 * Rejects with exit 5 as restoreMark does.
 */
export const restoreRelease: Changes<
  { readonly restore: string; readonly owner: MemberOwner; readonly givenUp: boolean },
  readonly string[]
> = {
  name: 'restore-release',
  does: 'end the restore',
  changes: true,
  text: release,
  variables: ({ restore, owner, givenUp }) => ({
    restore: plainPath(restore),
    owner: ownerText(owner),
    given_up: givenUp ? 'yes' : 'no',
    kept: String(asidesKept),
  }),
  result: (records) => allSaid(records, 'removed'),
}
