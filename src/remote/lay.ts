import { createHash } from 'node:crypto'
import type { ReleaseName } from '../model/names.ts'
import { Secret } from '../model/secret.ts'
import text from './lay.sh'
import { plainPath } from './quote.ts'
import { allSaid } from './records.ts'
import type { Changes } from './remote.ts'

/** All paths start at ~/<home>. Folders become 0700; files 0600, those of bin/ 0700. */
export interface Laying {
  readonly folders?: readonly string[]
  /** paths that group and others are shut out of, as observe names them in `open` */
  readonly closed?: readonly string[]
  readonly files?: readonly { readonly path: string; readonly text: string | Secret; readonly executable?: boolean }[]
  /** conf releases appear whole; one that is there already is replaced */
  readonly confs?: readonly ConfToLay[]
}

export interface ConfToLay {
  readonly release: ReleaseName
  readonly files: Readonly<Record<string, string | Secret>>
  /** names of links, such as `java`, and the releases beside it that they lead to */
  readonly links: Readonly<Record<string, ReleaseName>>
}

interface FileToLay {
  readonly path: string
  readonly from: string
  readonly text: string
  readonly mode: string
}

/** Lays many files in one round trip; the paths written. */
export const lay: Changes<Laying, readonly string[]> = {
  name: 'lay',
  changes: true,
  text,
  variables: ({ folders = [], closed = [], files = [], confs = [] }) => {
    const all = [...files.map(toLay), ...confs.flatMap(confFiles)]
    return {
      folders: [...new Set([...folders, ...files.map(({ path }) => folderOf(path)), 'releases'])]
        .filter((path) => path !== '')
        .map((path) => `${plainPath(path)}\n`)
        .join(''),
      closed: closed.map((path) => `${path.startsWith('./') || path === '.' ? path : `./${path}`}\n`).join(''),
      files: String(all.length),
      sums: all.map((file) => `${sha256(file.text)}  ${file.from}`).join('\n'),
      confs: String(confs.length),
      ...Object.fromEntries([...all.map(fileVariables), ...confs.map(confVariables)].flatMap(Object.entries<string>)),
    }
  },
  result: (records) => allSaid(records, 'wrote'),
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')
const folderOf = (path: string): string => path.split('/').slice(0, -1).join('/')
const revealed = (text: string | Secret): string => (text instanceof Secret ? text.reveal() : text)

const toLay = (
  { path, text, executable }: { path: string; text: string | Secret; executable?: boolean },
  at: number,
): FileToLay => ({
  path: plainPath(path),
  from: `file-${at + 1}`,
  text: revealed(text),
  mode: (executable ?? path.startsWith('bin/')) ? '700' : '600',
})

const confFiles = ({ release, files }: ConfToLay): readonly FileToLay[] =>
  Object.entries(files).map(([name, text]) => ({
    path: `conf:${name}`,
    from: `${plainPath(release)}/${plainPath(name)}`,
    text: revealed(text),
    mode: '600',
  }))

const fileVariables = ({ path, from, text, mode }: FileToLay, at: number): Readonly<Record<string, string>> => ({
  [`file_${at + 1}_path`]: path,
  [`file_${at + 1}_from`]: from,
  [`file_${at + 1}_text`]: text,
  [`file_${at + 1}_mode`]: mode,
})

const confVariables = ({ release, links }: ConfToLay, at: number): Readonly<Record<string, string>> => ({
  [`conf_${at + 1}_name`]: plainPath(release),
  [`conf_${at + 1}_links`]: Object.entries(links)
    .map(([name, target]) => `${plainPath(name)} ${plainPath(target)}\n`)
    .join(''),
})
