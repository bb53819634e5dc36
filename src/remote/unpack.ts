import type { ReleaseName, Sha256 } from '../model/names.ts'
import { plainPath } from './quote.ts'
import { must } from './records.ts'
import type { Changes } from './remote.ts'
import text from './unpack.sh'
import upload from './upload.sh'

export interface Unpacking {
  /** the tarball that `send` brought, by its name in tmp */
  readonly staged: string
  readonly sha256: Sha256
  readonly release: ReleaseName
  readonly kind: 'java' | 'zookeeper'
}

/** Makes a release of a staged tarball, whole or not at all; Java has run there once. False where the release was there already. */
export const unpack: Changes<Unpacking, boolean> = {
  name: 'unpack',
  does: 'unpack the archive',
  changes: true,
  text: [upload, text].join('\n'),
  variables: ({ staged, sha256, release, kind }) => ({
    staged: plainPath(staged),
    sum: sha256,
    release: plainPath(release),
    kind,
  }),
  result: (records) => must(records, 'unpacked') === 'yes',
}
