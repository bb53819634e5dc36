import { inspect } from 'node:util'

/** A text that must not be shown: prints, inspects and serialises as ‹secret›. reveal() is called only where bytes leave. */
export class Secret {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  reveal(): string {
    return this.#text
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
