import * as z from 'zod'
import type { Variable } from '../model/tree-source.ts'
import { choice, list, path, says, section, text, whole } from './schema-parts.ts'

const problemOf = (value: unknown): string | undefined => {
  if (typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value !== 'number')
    return says('text, a number, true or false, or a list or mapping of these')({ input: value })
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    return 'is no number that can be kept exactly; write it in quotes'
  return undefined
}

/** Every part of a value that is none; an alias may lead into itself. */
function* partProblems(
  value: unknown,
  path: (string | number)[],
): Generator<{ path: (string | number)[]; message: string }> {
  if (path.length > 20) yield { path, message: 'is nested more than twenty times' }
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* partProblems(item, [...path, index])
  else if (typeof value === 'object' && value !== null)
    for (const [name, part] of Object.entries(value)) yield* partProblems(part, [...path, name])
  else {
    const message = problemOf(value)
    if (message !== undefined) yield { path, message }
  }
}

const variable = z.unknown().superRefine((value, context) => {
  for (const problem of partProblems(value, [])) context.addIssue({ code: 'custom', ...problem })
}) as unknown as z.ZodType<Variable>

/** Names of templates and what stands for them. */
export const vars = (what: string) => z.record(z.string(), variable, { error: says(what) }).describe(what)

const acl = (what: string) =>
  list(what, text('an ACL such as digest:dman:cdrwa')).min(1, { error: says('a list of at least one ACL') })
const folder = path('the folder the tree comes from')
const patterns = 'patterns of paths below the tree’s, * within one name, ** for any names'

export const tree = section('a tree such as { path: /dman/config, from: ./config }', {
  path: text('where the tree lives in ZooKeeper, an absolute znode path', /^\//),
  from: z
    .union([folder, z.array(folder).min(1, { error: says('a list of at least one folder') })], {
      error: says('the folder the tree comes from, or a list of folders, of which later ones win'),
    })
    .describe('the folder the tree comes from, or a list of folders, of which later ones win path by path'),
  format: choice(
    'how files become znodes; `files`: each file one znode; `keys`: each key of YAML, JSON, .properties and .env one znode',
    ['files', 'keys'],
  ).default('files'),
  separator: choice('what is between nested keys; `/`: they are names of a path; `.`: one name', ['/', '.']).optional(),
  templates: z
    .boolean({ error: says('true or false') })
    .describe('values are ejs templates')
    .default(false),
  vars: vars('variables of the tree’s templates, by name, over those of the inventory').default({}),
  schema: path('a JSON Schema that the tree’s values must fit').optional(),
  validate: list(
    'a command and its arguments, such as [./check-config]; it is given the rendered folder and must exit 0',
    text('a command or an argument', /^[^\0]+$/),
  )
    .min(1, { error: says('a list of a command and its arguments') })
    .optional(),
  prune: choice('what becomes of znodes without a file: owned (ours are deleted) or never', ['owned', 'never']).default(
    'owned',
  ),
  acl: acl('a list of ACLs such as digest:dman:cdrwa').default(['digest:dman:cdrwa', 'world:anyone:r']),
  acls: z
    .record(z.string(), acl('a list of ACLs such as digest:dman:cdrwa'), {
      error: says("lists of ACLs by pattern, such as 'db/**': [digest:dman:cdrwa]"),
    })
    .describe(`lists of ACLs by ${patterns}; the last that matches wins`)
    .default({}),
  secret: list(`${patterns}, whose values are never shown`, text('a pattern such as db/password', /^/)).default([]),
  root: choice('who may write at / itself: open (as it is) or closed (dman alone)', ['open', 'closed']).default('open'),
  history: whole('how many generations are kept, a whole number from 1 to 1000', 1, 1000).default(20),
})
