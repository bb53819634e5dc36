import { writeFile } from 'node:fs/promises'
import { starterInventory } from '../inventory/starter.ts'
import { Failure } from '../model/failure.ts'

const words: Readonly<Record<string, string>> = {
  EEXIST: 'it is there already',
  ENOENT: 'there is no such folder',
  EACCES: 'you may not write there',
}

/** Writes a commented inventory to start from, or prints it where no file is named; never over an existing file. */
export async function init(file?: string): Promise<{ lines: readonly string[] }> {
  if (file === undefined) return { lines: starterInventory().trimEnd().split('\n') }
  try {
    await writeFile(file, starterInventory(), { flag: 'wx' })
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException
    throw new Failure({
      step: `write ${file}`,
      got: words[code] ?? message,
      hint: 'name another file, or none to print it',
      exit: 3,
      cause,
    })
  }
  return { lines: [`wrote ${file}: edit it, then run dman-bootstrap check ${file}`] }
}
