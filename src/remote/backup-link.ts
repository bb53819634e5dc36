import text from './backup-link.sh'
import { plainPath } from './quote.ts'
import type { Changes } from './remote.ts'

/** Hard links of these files of data/version-2 in tmp/<folder>/version-2. */
export const backupLink: Changes<{ readonly folder: string; readonly names: readonly string[] }, void> = {
  name: 'backup-link',
  changes: true,
  text,
  variables: ({ folder, names }) => ({
    folder: plainPath(folder),
    names: names.map((name) => `${plainPath(name)}\n`).join(''),
  }),
  result: () => undefined,
}
