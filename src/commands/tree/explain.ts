import type { ExplainDocument } from '../../model/documents.ts'
import type { Failure } from '../../model/failure.ts'
import { explain } from '../../tree/explain.ts'
import { readSource } from '../../tree/source.ts'
import { unpublished } from '../shared/prepare/prepare.ts'
import { knownTree } from '../shared/run/arguments.ts'
import type { Result } from '../shared/run/result.ts'
import type { Run } from '../shared/run/run.ts'

export interface TreeExplainOptions {
  readonly tree: string
  readonly path: string
}

/** Which file of which folder a znode comes from, what it overrides, and the patterns that match it; nothing is contacted. */
export const treeExplain = async ({ inventory, options }: Run<TreeExplainOptions>): Promise<Result> => {
  const source = knownTree(inventory, options.tree)
  const forbidden = unpublished(inventory)
  const failures: Failure[] = []
  const explained = explain(await readSource(source, { forbidden }, failures), options.path)
  return { is: 'said', lines: linesOf(explained), document: explained, failures, exit: 0 }
}

function linesOf(explained: ExplainDocument): string[] {
  const { path, is, overrides, bytes, value, acl, acl_pattern, secret_pattern } = explained
  const [first = '', ...more] = (value ?? '').replace(/\n$/, '').split('\n')
  const shown = secret_pattern !== null ? '‹secret›' : value === null ? 'not text' : first
  return [
    path,
    `  from    ${placeOf(explained)}${is === 'folder' ? ', a folder without data of its own' : ''}`,
    ...overrides.map((other) => `  over    ${placeOf(other)}`),
    `  acl     ${acl.join(' ')}, ${acl_pattern === null ? 'the tree’s' : `by the pattern ${acl_pattern}`}`,
    ...(secret_pattern === null ? [] : [`  secret  by the pattern ${secret_pattern}`]),
    `  value   ${bytes} ${bytes === 1 ? 'byte' : 'bytes'}${bytes === 0 ? '' : `: ${shown}`}`,
    ...more.map((line) => `          ${line}`),
  ]
}

const placeOf = ({ file, line }: Pick<ExplainDocument, 'file' | 'line'>): string =>
  line === null ? file : `${file}:${line}`
