import { znodeProblem } from './znode-path.ts'

// Patterns of paths below a tree's: `*` is any text within one name, `**` any number of whole names, none included. Nothing else is
// special, for names of lists have brackets. A leading slash means nothing; `/` alone is the tree's own znode.

const namesOf = (path: string): readonly string[] => (path === '' ? [] : path.split('/'))
const bare = (pattern: string): string => pattern.replace(/^\//, '')

/** Whether the pattern has a hit at a path below the tree's, '' for the tree's own. */
export function matcher(pattern: string): (below: string) => boolean {
  const wanted = namesOf(bare(pattern)).map((name) => (name === '**' ? any : name.split('')))
  return (below) => wild(wanted, namesOf(below), any, (letters, name) => wild(letters, name.split(''), '*', isSame))
}

const any: readonly string[] = ['**']
const isSame = (a: string, b: string): boolean => a === b

/** Every `star` stands for any number of items; after a failure only the last one has to be tried longer. */
function wild<P, T>(pattern: readonly P[], items: readonly T[], star: P, fits: (part: P, item: T) => boolean): boolean {
  let at = 0
  let retry: { readonly at: number; from: number } | undefined
  for (let index = 0; index < items.length;) {
    const part = pattern[at]
    if (at < pattern.length && part === star) {
      retry = { at: ++at, from: index }
    } else if (part !== undefined && fits(part, items[index] as T)) {
      at++
      index++
    } else if (retry !== undefined) {
      at = retry.at
      index = ++retry.from
    } else return false
  }
  return pattern.slice(at).every((part) => part === star)
}

/** Why a pattern can match nothing as it is meant, in words; undefined where it can. */
export function patternProblem(pattern: string): string | undefined {
  const text = bare(pattern)
  const half = namesOf(text).find((name) => name.includes('**') && name !== '**')
  if (half !== undefined) return '`**` stands for whole names: it has no letters beside it'
  return text === '' ? undefined : znodeProblem(`/tree/${text}`)
}
