import { inspect } from 'node:util'

/** A text that must not be shown: prints, inspects and serialises as ‹secret›. Where reveal() may be called, test/unit/reveal.test.ts lists. */
export class Secret {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  reveal(): string {
    return this.#text
  }
  equals(other: Secret): boolean {
    return this.#text === other.#text
  }
  /** in UTF-16 code units */
  get length(): number {
    return this.#text.length
  }
  toString(): string {
    return '‹secret›'
  }
  toJSON(): string {
    return '‹secret›'
  }
  [inspect.custom](): string {
    return '‹secret›'
  }
}

/** Passwords that are made when an ensemble is founded: ZooKeeper's super user's, and that of the identity that our trees belong to. */
export const foundingNames: readonly string[] = ['super', 'dman']
