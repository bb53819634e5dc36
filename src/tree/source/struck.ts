import type { Tree } from '../desired.ts'

/**
 * What is shorter is a bracket, a port or a word such as `on`: struck out everywhere it would leave little to read, and whoever can guess
 * it needs no look.
 */
const least = 4

/** How many of a line's `=` and `:` are looked behind for all the rest of it: a file of JSON may be one line, with thousands of them. */
const most = 8

/**
 * What must not be seen of the secret znodes: each whole, and its lines by themselves, for so a command tells of a file; of a line also
 * what stands behind a `=` or `:`. The longest first. Pure.
 */
export function secretsOf({ znodes }: Tree): readonly string[] {
  const texts = [...znodes.values()].flatMap(({ isSecret, data }) => (isSecret ? [data.toString().trim()] : []))
  const pieces = texts.flatMap((text) => [text, ...text.split(/[\r\n]+/).flatMap(piecesOf)])
  return [...new Set(pieces)].filter(({ length }) => length >= least).sort((a, b) => b.length - a.length)
}

function piecesOf(line: string): readonly string[] {
  const quoted = [...line.matchAll(/[=:]\s*(["'])(.*?)\1/g)].map(([, , text = '']) => text)
  const behind = [...line.matchAll(/[=:]/g)].slice(0, most).map(({ index }) => line.slice(index + 1))
  return [line.trim(), ...quoted, ...[line, ...behind].map(bare)]
}

/** Without what YAML, JSON and the like put around a value. */
const bare = (text: string): string => text.replace(/^[\s"'-]+/, '').replace(/[\s"',;]+$/, '')

/** The last lines in one, fit for a terminal, without the secrets. Pure. */
export function struck(said: string, secrets: readonly string[]): string {
  return secrets
    .reduce((left, secret) => left.replaceAll(secret, '‹secret›'), said)
    .split(/[\r\n]+/)
    .map((line) => line.replace(/[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, ' ').trim())
    .filter((line) => line !== '')
    .slice(-10)
    .join(' · ')
    .slice(-8192)
}
