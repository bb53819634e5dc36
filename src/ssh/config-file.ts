import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readBoundedText } from '../disk/bounded.ts'
import { wordsOf } from '../model/failure.ts'
import type { Here } from './config.ts'
import { type ConfigLine, ConfigProblem, type ConfigText, parseConfig, problemAt } from './config-lines.ts'
import { expand } from './config-tokens.ts'
import { fileMatches } from './glob.ts'

/** As ssh has it. */
const deepest = 16
/** Bytes of one file; some are made by a program, for thousands of hosts. */
const largest = 2 ** 24
/** Everybody's, read after the user's own. */
const system = '/etc/ssh'

/** `~/.ssh/config`, then `/etc/ssh/ssh_config`, with what they include. One that is not there is empty. Rejects with a ConfigProblem. */
export async function readConfig(here: Here): Promise<readonly ConfigText[]> {
  const own = join(here.home, '.ssh')
  return Promise.all([
    readOne(join(own, 'config'), { folder: own, here, isOwn: true, depth: 0 }),
    readOne(join(system, 'ssh_config'), { folder: system, here, isOwn: false, depth: 0 }),
  ])
}

interface From {
  /** what relative paths of an Include start at */
  readonly folder: string
  readonly here: Here
  readonly isOwn: boolean
  readonly depth: number
}

async function readOne(file: string, from: From): Promise<ConfigText> {
  const text = await textOf(file, from)
  return Promise.all(
    parseConfig(text, file).map(async (line) =>
      line.keyword === 'include' ? { ...line, included: await included(line, from) } : line,
    ),
  )
}

async function textOf(file: string, { isOwn, here }: From): Promise<string> {
  try {
    const { mode, uid } = await stat(file)
    // whoever may write it says whose keys are trusted: ssh reads no such file, either
    if (isOwn && ((mode & 0o022) !== 0 || (uid !== 0 && uid !== here.uid)))
      throw new ConfigProblem(`${file}: others may write it: chmod go-w ${file}`)
    return await readBoundedText(file, largest)
  } catch (error) {
    if (error instanceof ConfigProblem) throw error
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return ''
    throw new ConfigProblem(`${file}: cannot be read: ${wordsOf(error)}`)
  }
}

/** All patterns of an Include, each one's files in the order of their names; what matches nothing is left out. */
async function included(line: ConfigLine, from: From): Promise<readonly ConfigText[]> {
  if (from.depth >= deepest) throw problemAt(line, `Include goes deeper than ${deepest} files`)
  const { home, env } = from.here
  const named = await Promise.all(
    line.args.map((arg) => {
      const path = expand(arg, { d: home }, env).replace(/^~(?=\/|$)/, home)
      return filesOf(path.startsWith('/') ? path : join(from.folder, path))
    }),
  )
  return Promise.all(named.flat().map((file) => readOne(file, { ...from, depth: from.depth + 1 })))
}

/** The paths that a pattern with `*`, `?` and `[…]` stands for, name by name; a name with a dot first needs one in its pattern. */
async function filesOf(pattern: string): Promise<readonly string[]> {
  let found: readonly string[] = ['/']
  for (const part of pattern.split('/').filter((name) => name !== '')) {
    if (!/[*?[\\]/.test(part)) {
      found = found.map((folder) => join(folder, part))
      continue
    }
    const fits = (name: string) => fileMatches(part, name) && (part.startsWith('.') || !name.startsWith('.'))
    const below = async (folder: string) => {
      const names = await readdir(folder).catch(() => [])
      return names
        .filter(fits)
        .sort()
        .map((name) => join(folder, name))
    }
    found = (await Promise.all(found.map(below))).flat()
  }
  return found
}
