import type { ReleaseName, Sha256 } from '../model/names.ts'
import { plainPath } from './quote.ts'
import { must, odd } from './records.ts'
import type { Changes } from './remote.ts'
import text from './replay.sh'

export interface Replaying {
  /** folder below ~/<home> that holds the files */
  readonly from: string
  /** what is replayed: of each file so many bytes from its start, with that checksum */
  readonly files: readonly { readonly name: string; readonly size: number; readonly sha256: Sha256 }[]
  readonly java: ReleaseName
  readonly zookeeper: ReleaseName
  /** MiB */
  readonly heap: number
  /** JVM options that loading needs, such as `-Djute.maxbuffer=…` */
  readonly options: readonly string[]
  /** seconds */
  readonly patience: number
}

/** Loads a set of data with the host's own ZooKeeper, nothing listening; the highest zxid, 16 hex digits. Rejects where it cannot be loaded. */
export const replay: Changes<Replaying, string> = {
  name: 'replay',
  does: 'replay the data',
  changes: true,
  text,
  variables: ({ from, files, java, zookeeper, heap, options, patience }) => ({
    from: plainPath(from),
    files: files.map(({ name, size, sha256 }) => `${sha256} ${size} ${plainPath(name)}\n`).join(''),
    java: plainPath(java),
    zookeeper: plainPath(zookeeper),
    heap: String(Math.ceil(heap)),
    options: options.map((option) => `${option}\n`).join(''),
    patience: String(Math.ceil(patience)),
  }),
  result: (records) => {
    const zxid = must(records, 'zxid')
    if (!/^[0-9a-f]{1,16}$/.test(zxid)) throw odd(`its answer gives "${zxid.slice(0, 40)}" for a zxid`)
    return zxid.padStart(16, '0')
  },
}
