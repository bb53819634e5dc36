import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import type { LaidFacts } from '../remote/host-facts.ts'
import { redactedFiles, strikeOut, type ConfRelease } from './desired.ts'

/** Unified diffs of all files of a conf release against those of the current one, secrets struck out on both sides. */
export function diffOfConf(want: ConfRelease, have: LaidFacts['conf']): string {
  const shown = redactedFiles(want)
  const names = [...new Set([...Object.keys(have.files), ...Object.keys(shown)])].sort()
  return [
    ...names.map((name) => fileDiff(name, strikeOut(have.files[name] ?? ''), shown[name] ?? '')),
    fileDiff('links', linkLines(have.links), linkLines(want.links)),
  ].join('')
}

/** Whether the conf release on a host is what it was made as, as far as it may be shown. */
export const sameConf = (want: ConfRelease, have: LaidFacts['conf']): boolean => diffOfConf(want, have) === ''

function fileDiff(name: string, before: string, after: string): string {
  if (before === after) return ''
  return createTwoFilesPatch(
    before === '' ? '/dev/null' : `current/${name}`,
    after === '' ? '/dev/null' : `new/${name}`,
    before,
    after,
    undefined,
    undefined,
    { context: 3, headerOptions: FILE_HEADERS_ONLY },
  )
}

const linkLines = (links: Readonly<Record<string, string>>): string =>
  Object.entries(links)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, target]) => `${name} -> ${target}\n`)
    .join('')
