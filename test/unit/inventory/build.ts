import type { Inventory } from '../../../src/inventory/inventory.ts'
import { parseInventory } from '../../../src/inventory/parse.ts'
import { Failures } from '../../../src/model/failure.ts'

/** A disk on which a path with `missing` in it is not there, one ending in `folder` is a folder and all else a file. */
export const disk = {
  file: '/work/inventory.yml',
  home: '/home/ann',
  exists: (path: string) =>
    path.includes('missing')
      ? ('missing' as const)
      : path.endsWith('folder')
        ? ('directory' as const)
        : ('file' as const),
}

export const parse = (text: string): Inventory => parseInventory(text, { ...disk, shown: 'inventory.yml' })

export const hosts = 'hosts: { zk1: { id: 1, address: 10.0.0.11 } }\n'
export const java = 'java: { archive: jre.tar.gz }\n'
export const zookeeper = 'zookeeper: { version: 3.9.5 }\n'

/** The problems of an inventory as `line:column: what`; empty for a good one. Anything but Failures is thrown on. */
export function problems(text: string): string[] {
  try {
    parse(text)
    return []
  } catch (error) {
    if (!(error instanceof Failures) || error.exit !== 3) throw error
    return error.all.map(({ message }) => message.replace(/^inventory\.yml:/, ''))
  }
}
