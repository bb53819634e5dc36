import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { TreeSource } from '../../../src/model/tree-source.ts'
import { readTrees } from '../../../src/tree/source.ts'
import { ownFolder } from '../folder.ts'
import { failuresFrom, identities, sourceOf } from './build.ts'

/** A folder of its own for each test of a file, with what reads a tree from it. */
export function scratch() {
  const { at } = ownFolder()
  const put = (name: string, data: string | Buffer = '') => {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), data)
  }
  /** `from` are folders below it */
  const tree = async ({ from = ['.'], ...over }: Partial<TreeSource> = {}) => {
    const [read] = await readTrees([sourceOf({ from: from.map((name) => at(name)), ...over })], identities)
    return read!
  }
  /** znodes by path below the tree's, their bytes as Latin-1 */
  const read = async (over?: Partial<TreeSource>): Promise<Record<string, string>> =>
    Object.fromEntries(
      [...(await tree(over)).znodes].map(([path, { data }]) => [
        path.slice('/dman/config'.length),
        data.toString('latin1'),
      ]),
    )
  const problems = async (over?: Partial<TreeSource>): Promise<string[]> =>
    (await failuresFrom(() => read(over))).map(({ got, exit }) => `${got.replaceAll(at(), '')} (${exit})`).sort()
  return { at, put, tree, read, problems }
}
