import type { HistoryDocument } from '../model/documents.ts'
import { table } from './table.ts'
import { bytes as sized } from './words.ts'

/** The generations of a tree, a line each. */
export function historyLines({ tree, path, generations }: HistoryDocument): string[] {
  const rows = generations.map(({ generation, at, who, reason, created, set, deleted, acl, bytes }) => [
    String(generation),
    at,
    plain(who),
    `+${created} ~${set} -${deleted}${acl === 0 ? '' : `, ${acl} ACLs`}`,
    sized(bytes),
    plain(reason),
  ])
  return [
    `${tree} at ${plain(path)}`,
    ...table([['GENERATION', 'APPLIED', 'BY', 'ZNODES', 'WRITTEN', 'REASON'], ...rows]),
  ]
}

/** Others wrote these: a terminal is given no orders by them. */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, ' ')
