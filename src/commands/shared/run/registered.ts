import type { Result } from './result.ts'
import type { Options, Run } from './run.ts'

/** An option of one command; `read` and what it is without being given, where it has a value. */
type Own = readonly [flags: string, description: string, read?: (text: string) => unknown, otherwise?: unknown]

/** One command on an inventory. Its code is loaded only when it runs. */
export interface Registered {
  readonly summary: string
  /** changes hosts, the ensemble or secrets, and may be tried with --dry-run */
  readonly changes: boolean
  /** what --json prints: one document, or one event a line */
  readonly json: 'document' | 'events'
  /** what comes behind the inventory, such as `host`, or `file?` where it may be left out: options of that name to the command */
  readonly operands?: readonly string[]
  readonly options?: readonly Own[]
  /** what --hosts means, where it is not what is changed */
  readonly hosts?: string
  /** why --hosts is refused, where it is */
  readonly noHosts?: string
  readonly load: () => Promise<(run: Run<never>) => Promise<Result>>
}

/** A command as it is written down; `O` are the options of its own that its function takes, operands among them. */
interface Written<O, Owns extends readonly Own[], Operands extends readonly string[]> extends Omit<
  Registered,
  'options' | 'operands' | 'load'
> {
  readonly options?: Owns
  readonly operands?: Operands
  readonly load: () => Promise<(run: Run<O>) => Promise<Result>>
}

/** `--allow-shrink <n>` gives allowShrink, as commander has it. */
type NameOf<Flags> = Flags extends `${string}--${infer Long} <${string}>`
  ? Camel<Long>
  : Flags extends `${string}--${infer Long}`
    ? Camel<Long>
    : never
type Camel<Words> = Words extends `${infer Word}-${infer More}` ? `${Word}${Capitalize<Camel<More>>}` : Words & string
type OperandOf<Word> = Word extends `${infer Name}?` ? Name : Word

type Given<Owns extends readonly Own[], Operands extends readonly string[]> =
  NameOf<Owns[number][0]> | OperandOf<Operands[number]>

type Needed<O> = { [Name in keyof O]-?: object extends Pick<O, Name> ? never : Name }[keyof O]

/** What the function needs and is not written down, and what is written down and the function does not take. */
type Unlike<O, Owns extends readonly Own[], Operands extends readonly string[]> =
  Exclude<Needed<O>, keyof Options | Given<Owns, Operands>> | Exclude<Given<Owns, Operands>, keyof O>

/** Does not compile where a command's function and what is written down of its options and operands are unlike. */
export const command = <
  O extends object,
  const Owns extends readonly Own[] = [],
  const Operands extends readonly string[] = [],
>(
  written: Written<O, Owns, Operands> &
    ([Unlike<O, Owns, Operands>] extends [never] ? unknown : { readonly unlike: Unlike<O, Owns, Operands> }),
): Registered => written
