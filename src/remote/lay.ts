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

/** A file and where it lies; of a conf release, below releases/. */
interface FileToLay {
  readonly path: string
  readonly text: string
  readonly executable: boolean
}

/** Lays many files in one round trip; the paths written. */
export const lay: Changes<Laying, readonly string[]> = {
  name: 'lay',
  does: 'lay the files',
  changes: true,
  text,
  variables: ({ folders = [], closed = [], files = [], confs = [] }) => {
    const own = files.map(toLay)
    const all = [...own, ...confs.flatMap(confFiles)]
    const into = [...new Set(own.map(({ path }) => folderOf(path)))]
    return {
      folders: lines([...new Set([...folders, ...into, 'releases'])].filter((path) => path !== '.').map(plainPath)),
      closed: lines(closed.map((path) => (path.startsWith('./') || path === '.' ? path : `./${path}`))),
      staged: lines([...new Set([...into, ...confs.map(({ release }) => `releases/${plainPath(release)}`)])]),
      files: String(all.length),
      sums: all.map((file) => `${sha256(file.text)}  ${file.path}`).join('\n'),
      executable: lines(all.filter(({ executable }) => executable).map(({ path }) => path)),
      into: lines(into.map((folder) => [folder, ...own.filter(isIn(folder)).map(nameOf)].join(' '))),
      confs: lines(confs.map(({ release }) => plainPath(release))),
      links: lines(confs.flatMap(linksOf)),
      ...Object.fromEntries(all.flatMap(fileVariables)),
    }
  },
  result: (records) => allSaid(records, 'wrote'),
}

const lines = (words: readonly string[]): string => words.map((word) => `${word}\n`).join('')
const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')
const folderOf = (path: string): string => path.split('/').slice(0, -1).join('/') || '.'
const nameOf = ({ path }: FileToLay): string => path.split('/').at(-1) ?? path
const isIn =
  (folder: string) =>
  ({ path }: FileToLay): boolean =>
    folderOf(path) === folder
const revealed = (text: string | Secret): string => (text instanceof Secret ? text.reveal() : text)

const toLay = ({ path, text, executable }: NonNullable<Laying['files']>[number]): FileToLay => ({
  path: plainPath(path),
  text: revealed(text),
  executable: executable ?? path.startsWith('bin/'),
})

const confFiles = ({ release, files }: ConfToLay): readonly FileToLay[] =>
  Object.entries(files).map(([name, text]) => ({
    path: plainPath(`releases/${release}/${name}`),
    text: revealed(text),
    executable: false,
  }))

const linksOf = ({ release, links }: ConfToLay): readonly string[] =>
  Object.entries(links).map(([name, target]) => `${plainPath(`${release}/${name}`)} ${plainPath(target)}`)

const fileVariables = ({ path, text }: FileToLay, at: number): readonly (readonly [string, string])[] => [
  [`file_${at + 1}_path`, path],
  [`file_${at + 1}_text`, text],
]
