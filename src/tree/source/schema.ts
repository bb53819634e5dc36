import type { ErrorObject, ValidateFunction } from 'ajv'
import { wordsOf } from '../../model/failure.ts'
import type { TreeSource } from '../../model/tree-source.ts'
import { type KeyValue, pathOf } from './key.ts'
import { type Layered, placeOf } from './layers.ts'
import { utf8 } from './text.ts'
import { readFile, type Refuse } from './walk.ts'

/** What is held against the schema: by a file's path below the tree's, its text or, of a file of keys without its ending, what its keys come to. */
type Checked = Readonly<Record<string, unknown>>

/**
 * Holds the tree, as it is once layers are merged and templates filled in, against its JSON Schema. An object: each file's text by its path, null
 * where it is not UTF-8; with `format: keys` each file of keys as one nested object by its path without the ending. Problems are told
 * without values.
 */
export async function checkSchema(source: TreeSource, entries: readonly Layered[], refuse: Refuse): Promise<void> {
  const { schema } = source
  if (schema === undefined) return
  const bytes = readFile({ refuse }, schema)
  if (bytes === undefined) return
  let validate: ValidateFunction
  try {
    validate = await compile(JSON.parse(bytes.toString()))
  } catch (error) {
    refuse(schema, wordsOf(error), 'it has to be a JSON Schema in one file, of draft 7, 2019-09 or 2020-12')
    return
  }
  if (validate(documentOf(entries))) return
  const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if')
  for (const error of errors.slice(0, 50)) refuse(placeIn(source, entries, error), faultOf(error), `${schema} wants it`)
}

/** The library is large, and loaded only here. */
async function compile(schema: unknown): Promise<ValidateFunction> {
  // As a bundle has it, a CommonJS module has no names but `default`.
  // `format` says what a text is, and is not checked: the drafts from 2019-09 on leave it at that, too.
  const options = { allErrors: true, validateFormats: false, strictTypes: false, strictTuples: false } as const
  const draft = typeof schema === 'object' && schema !== null && '$schema' in schema ? String(schema.$schema) : ''
  if (typeof schema !== 'boolean' && (typeof schema !== 'object' || schema === null || Array.isArray(schema)))
    throw new Error('it is no object')
  if (/draft-0[67]/.test(draft)) return new (await import('ajv')).default(options).compile(schema)
  if (draft.includes('2019-09')) return new (await import('ajv/dist/2019.js')).default(options).compile(schema)
  return new (await import('ajv/dist/2020.js')).default(options).compile(schema)
}

export function documentOf(entries: readonly Layered[]): Checked {
  const document: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const { below, data, key, isFolder } of entries) {
    if (key !== undefined) put(document, [key.stem, ...key.steps], key.value)
    else if (isFolder !== true && !(below in document)) document[below] = utf8(data) ?? null
  }
  return document
}

type Holder = Record<string | number, unknown>

/** Lists and mappings on the way are made; a value in the way of one gives way. */
function put(document: Holder, steps: readonly (string | number)[], value: KeyValue): void {
  let holder = document
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1]
    if (next === undefined) {
      holder[step] ??= value
      return
    }
    const there = Object.hasOwn(holder, step) ? holder[step] : undefined
    if (typeof there !== 'object' || there === null) holder[step] = typeof next === 'number' ? [] : Object.create(null)
    holder = holder[step] as Holder
  }
}

const pointed = ({ instancePath }: ErrorObject): string[] =>
  instancePath === ''
    ? []
    : instancePath
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))

/** A property that is there, or not as it should be, where the error is about one. */
function extraOf({ params }: ErrorObject): string | undefined {
  const extra: unknown = params['additionalProperty'] ?? params['unevaluatedProperty'] ?? params['propertyName']
  return typeof extra === 'string' ? extra : undefined
}

/** The file, and the line of a key, that an error is about; the last folder where it is about all of them. */
function placeIn({ from, schema = '' }: TreeSource, entries: readonly Layered[], error: ErrorObject): string {
  const [stem, ...steps] = [...pointed(error), ...[extraOf(error)].flatMap((extra) => extra ?? [])]
  if (stem === undefined) return from.at(-1) ?? schema
  const key = entries.find((entry) => leadsTo(entry, stem, steps))
  if (key !== undefined) return steps.length === 0 ? key.file : placeOf(key)
  return entries.find(({ below }) => below === stem)?.file ?? schema
}

const leadsTo = ({ key }: Layered, stem: string, steps: readonly string[]): boolean =>
  key?.stem === stem && steps.every((step, index) => String(key.steps[index]) === step)

/** `server.port must be integer`; names of keys, never values. */
function faultOf(error: ErrorObject): string {
  const [stem, ...steps] = pointed(error)
  const path = pathOf(
    steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step)),
    '.',
  )
  const named = stem === undefined ? 'the tree' : `\`${path === '' ? stem : path}\``
  const extra = extraOf(error)
  return `${named} ${error.message ?? 'does not fit'}${extra === undefined ? '' : `: \`${extra}\``}`
}
