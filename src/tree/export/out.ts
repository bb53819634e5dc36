import { existsSync, readdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Failure, wordsOf } from '../../model/failure.ts'
import { isWithin } from '../../model/znode-path.ts'

const refusal = (out: string, got: string, hint: string): Failure =>
  new Failure({ step: `write ${out}`, got, hint, exit: 3 })

/** What the disk says to `body`, as a Failure about that place. */
export function onDisk<T>(path: string, body: () => T): T {
  try {
    return body()
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    const got = wordsOf(cause)
    throw new Failure({ step: `write ${path}`, got, hint: 'free space and permissions there', cause })
  }
}

/** Throws a Failure, exit 3, where a folder cannot come to be there: something is in it, or this run is. */
export function checkFolder(out: string, at = process.cwd()): void {
  const path = resolve(out)
  if (isWithin(path, at)) throw refusal(out, 'it is the current folder, or above it', 'name one that is not there yet')
  if (existsSync(path) && onDisk(path, () => readdirSync(path)).length > 0)
    throw refusal(out, 'there is something in it', 'name an empty folder, or one that is not there yet')
  checkAbove(out)
}

/** Throws a Failure, exit 3, where a file is there already, or cannot come to be there. */
export function checkFile(out: string): void {
  if (existsSync(out)) throw refusal(out, 'it is there already', 'name another file, or remove that one')
  checkAbove(out)
}

function checkAbove(out: string): void {
  if (!existsSync(dirname(resolve(out)))) throw refusal(out, 'there is no folder above it', 'make that first')
}

/** Names that no file can have, all of them. */
export function noFiles(out: string, names: readonly string[]): Failure {
  const more = names.length > 10 ? ` and ${names.length - 10} more` : ''
  const got = `names that no file can have: ${names.slice(0, 10).join(', ')}${more}`
  return refusal(out, got, 'JSON can have them: say --out NAME.json')
}
