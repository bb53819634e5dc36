import link from './backup-link.sh'
import stream from './backup-stream.sh'
import { plainPath } from './quote.ts'
import type { Changes, Streams } from './remote.ts'

/** Files of data/version-2, by their names, and the folder below tmp that holds them for a backup. */
export interface BackupFiles {
  readonly folder: string
  readonly names: readonly string[]
}

const variables = ({ folder, names }: BackupFiles) => ({
  folder: plainPath(folder),
  names: names.map((name) => `${plainPath(name)}\n`).join(''),
})

/** Hard links of these files in tmp/<folder>/version-2. */
export const backupLink: Changes<BackupFiles, void> = {
  name: 'backup-link',
  does: 'hold the data files for the backup',
  changes: true,
  text: link,
  variables,
  result: () => undefined,
}

/** What backupLink holds, as a gzip of `SIZE NAME` lines, each with so many bytes behind it; `0 end` comes last. */
export const backupStream: Streams<BackupFiles> = {
  name: 'backup-stream',
  does: 'read the data for the backup',
  changes: false,
  answers: 'stream',
  text: stream,
  variables,
}
