import type { Secret } from './secret.ts'

/** What the program asks of the person before it. Every question is answered ahead by an option or the environment too. */
export interface Asker {
  /** there is a terminal to ask on */
  readonly isPossible: boolean
  /** a line of text, such as the ensemble's name or y */
  line(question: string): Promise<string>
  secret(question: string): Promise<Secret>
}
