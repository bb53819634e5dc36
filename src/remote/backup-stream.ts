import type { Readable } from 'node:stream'
import text from './backup-stream.sh'
import { plainPath } from './quote.ts'
import type { Reads } from './remote.ts'

/** What backupLink holds, as a gzip of `SIZE NAME` lines, each with so many bytes behind it; `0 end` comes last. */
export const backupStream: Reads<{ readonly folder: string; readonly names: readonly string[] }, Readable> = {
  name: 'backup-stream',
  changes: false,
  text,
  variables: ({ folder, names }) => ({
    folder: plainPath(folder),
    names: names.map((name) => `${plainPath(name)}\n`).join(''),
  }),
  result: () => {
    throw new Error('this one is opened')
  },
}
