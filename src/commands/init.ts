import { writeFile } from 'node:fs/promises'
import { starterInventory } from '../inventory/starter.ts'
import { Failure } from '../model/failure.ts'

/** Writes a commented inventory to start from, or prints it where no file is named; never over an existing file. */
export async function init(file?: string): Promise<{ lines: readonly string[] }> {
  if (file === undefined) return { lines: starterInventory().trimEnd().split('\n') }
  try {
    await writeFile(file, starterInventory(), { flag: 'wx' })
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    throw new Failure({
      step: `write ${file}`,
      got: exists ? 'it is there already' : (cause as Error).message,
      hint: 'name another file, or none to print it',
      exit: 3,
      cause,
    })
  }
  return { lines: [`wrote ${file}: edit it, then run dman-bootstrap check ${file}`] }
}
