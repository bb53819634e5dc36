import { readEnv } from './env.ts'
import { readJson } from './json.ts'
import { type Key, type Keys, pathOf } from './key.ts'
import { type Layered, placeOf } from './layers.ts'
import { readProperties } from './properties.ts'
import { utf8 } from './text.ts'
import type { Refuse } from './walk.ts'
import { readYaml } from './yaml.ts'

const readers: Readonly<Record<string, (text: string) => Keys>> = {
  yml: readYaml,
  yaml: readYaml,
  json: readJson,
  properties: readProperties,
  env: readEnv,
}

/** A file's path below the tree's without its ending, `` for `.env` itself, and how its keys are read; undefined for a file that has none. */
export function keysFile(below: string): { readonly stem: string; readonly read: (text: string) => Keys } | undefined {
  const [whole = '', ending = ''] = /\.([a-z]+)$/.exec(below) ?? []
  const read = Object.hasOwn(readers, ending) ? readers[ending] : undefined
  // `a/.env` holds the keys of the folder a
  return read === undefined ? undefined : { stem: below.slice(0, -whole.length).replace(/\/$/, ''), read }
}

/** One file of keys as znodes: one a key, below the file's path without its ending. Problems are told, with the line. */
export function expand({ below, data, file, layer }: Layered, separator: '/' | '.', refuse: Refuse): Layered[] {
  const found = keysFile(below)
  if (found === undefined) return []
  const text = utf8(data)
  if (text === undefined) {
    refuse(file, 'it is not UTF-8', 'files of keys are UTF-8: convert it')
    return []
  }
  const { keys, faults } = readSafely(found.read, text)
  for (const { line, what } of faults) refuse(`${file}:${line}`, what, 'correct the file')
  const { stem } = found
  const top: Layered = { below: stem, data: Buffer.alloc(0), file, layer, isFolder: true }
  const znodes = keys.map((key) => znodeOf(key, { stem, file, layer, separator }))
  return [top, ...znodes.filter((znode) => isNamed(znode, refuse))]
}

interface Place {
  readonly stem: string
  readonly file: string
  readonly layer: number
  readonly separator: '/' | '.'
}

const znodeOf = (key: Key, { stem, file, layer, separator }: Place): Layered => {
  const path = pathOf(key.steps, separator)
  return {
    below: stem === '' ? path : `${stem}/${path}`,
    data: Buffer.from(key.text),
    file,
    layer,
    key: { stem, ...key },
  }
}

/** A slash in a key is one of the path. Other names that can't be are told of the znode; of these, what is above it would be told, too. */
function isNamed(znode: Layered, refuse: Refuse): boolean {
  const wrong = znode.below.split('/').find((name) => name === '' || name === '.' || name === '..')
  const what = wrong === '' ? 'an empty name between two slashes' : `the name ${wrong ?? ''}`
  if (wrong !== undefined) refuse(placeOf(znode), what, 'a slash in a key stands between two names of a path')
  return wrong === undefined
}

function readSafely(read: (text: string) => Keys, text: string): Keys {
  try {
    return read(text)
  } catch (error) {
    // of texts that go too deep for a parser
    if (!(error instanceof RangeError)) throw error
    return { keys: [], faults: [{ line: 1, what: 'nested too deeply, or too long' }] }
  }
}
