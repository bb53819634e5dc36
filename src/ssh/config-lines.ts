/** One line of an ssh_config file, its keyword in small letters. */
export interface ConfigLine {
  readonly file: string
  /** counted from 1 */
  readonly line: number
  readonly keyword: string
  readonly args: readonly string[]
  /** what stands behind the keyword, as it stands there */
  readonly rest: string
  /** of an `include`: the files that it names, read already */
  readonly included?: readonly ConfigText[]
}

/** The lines of one file, blank ones and comments left out. */
export type ConfigText = readonly ConfigLine[]

/** A file of ssh's configuration that ssh itself would not read either; `message` names file and line. */
export class ConfigProblem extends Error {
  override readonly name: string = 'ConfigProblem'
}

export const problemAt = ({ file, line }: Pick<ConfigLine, 'file' | 'line'>, what: string): ConfigProblem =>
  new ConfigProblem(`${file}:${line}: ${what}`)

/** The lines of a text, as ssh_config(5) and OpenSSH's own reader take it. Throws a ConfigProblem. */
export function parseConfig(text: string, file: string): ConfigText {
  return text.split('\n').flatMap((raw, index): ConfigLine[] => {
    const trimmed = raw.replace(/^[ \t\r\f]+|[ \t\r\f]+$/g, '')
    if (trimmed === '' || trimmed.startsWith('#')) return []
    const at = { file, line: index + 1 }
    // one `=` may stand between the two, with blanks around it
    const [, keyword = '', rest = ''] = /^([^ \t\r="]+)[ \t\r]*=?[ \t\r]*(.*)$/.exec(trimmed) ?? []
    if (keyword === '') throw problemAt(at, 'it begins with no keyword')
    const args = words(rest)
    if (args === undefined) throw problemAt(at, 'a quote has no end')
    return [{ ...at, keyword: keyword.toLowerCase(), args, rest }]
  })
}

const inQuotes = (quote: string) => String.raw`${quote}((?:\\['"\\]|\\(?!['"\\])|[^${quote}\\])*)${quote}`
const special = String.raw`\\(['"\\ ])|${inQuotes('"')}|${inQuotes("'")}`
const specials = new RegExp(special, 'g')
const firstWord = new RegExp(String.raw`^(?:${special}|[^ \t"'])+`)

/**
 * Words apart by blanks; quotes of either kind, a backslash before a quote, a backslash or (outside quotes) a blank; where a word
 * would begin # ends the line. Undefined where a quote has no end.
 */
function words(text: string): readonly string[] | undefined {
  const found: string[] = []
  for (let rest = text.trimStart(); rest !== '' && !rest.startsWith('#'); rest = rest.trimStart()) {
    const [raw = ''] = firstWord.exec(rest) ?? []
    rest = rest.slice(raw.length)
    if (raw === '' || /^["']/.test(rest)) return undefined
    const bare = (_: string, escaped?: string, double?: string, single?: string) =>
      escaped ?? (double ?? single ?? '').replace(/\\(['"\\])/g, '$1')
    found.push(raw.replace(specials, bare))
  }
  return found
}
