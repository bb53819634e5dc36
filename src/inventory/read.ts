import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { readBounded, Unfit } from '../disk/bounded.ts'
import { homeFolder } from '../disk/user.ts'
import { Failure, Failures } from '../model/failure.ts'
import type { Inventory } from './inventory.ts'
import { parseInventory } from './parse.ts'
import type { Disk } from './paths.ts'

/** Reads and checks an inventory file. Rejects with Failures, exit 3, that hold every problem at once. */
export async function readInventory(file: string): Promise<Inventory> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readBounded(file))
  } catch (cause) {
    const code = String((cause as NodeJS.ErrnoException).code ?? cause)
    const missing = code === 'ENOENT'
    const got =
      cause instanceof TypeError ? 'it is not UTF-8 text' : cause instanceof Unfit ? cause.message : words[code]
    throw new Failures([
      new Failure({
        step: `read inventory ${file}`,
        got: got ?? code,
        hint: missing ? 'dman-bootstrap init writes one to start from' : 'name a readable YAML file',
        exit: 3,
        cause,
      }),
    ])
  }
  return parseInventory(text, { file: resolve(file), home: homeFolder(), shown: file, exists })
}

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not read it',
}

function exists(path: string): ReturnType<Disk['exists']> {
  try {
    const found = statSync(path)
    return found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other'
  } catch {
    return 'missing'
  }
}
