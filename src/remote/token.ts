import type { HostName } from '../model/names.ts'

class TakenToken {
  // Private, so that no object but one made here is a Token to the compiler.
  readonly #taken = true
  constructor(
    readonly host: HostName,
    readonly text: string,
  ) {}
  get taken(): boolean {
    return this.#taken
  }
}

/** Proof that this run took the lock of `host`. `text` is the token's hex digits. */
export type Token = TakenToken

/** For takeLock alone, which calls it once the host has said that the lock is taken. */
export const tokenOf = (host: HostName, text: string): Token => new TakenToken(host, text)
