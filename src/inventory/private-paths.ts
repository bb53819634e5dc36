import { join } from 'node:path'
import type { Inventory } from './inventory.ts'

/** Something on the operator's disk that no tree may publish; `path` is absolute. */
export interface PrivatePath {
  readonly path: string
  readonly what: string
}

export const stateFolder = (path: string): PrivatePath => ({ path, what: 'the state folder, which holds passwords' })
export const secretsFile = (path: string): PrivatePath => ({ path, what: 'the file with the passwords' })
export const privateKey = (path: string): PrivatePath => ({ path, what: 'a private key' })
/** Where keys are that no inventory names. */
export const usualKeys = (home: string): PrivatePath => ({
  path: join(home, '.ssh'),
  what: 'the folder of private keys',
})

/** The same for an inventory that passed every check; trees are held against it once more as they are read. */
export function privatePaths({ directory, secrets, hosts }: Inventory, home: string): readonly PrivatePath[] {
  const keys = hosts.flatMap(({ ssh }) => (ssh.identity === undefined ? [] : [privateKey(ssh.identity)]))
  return [stateFolder(join(directory, '.dman')), secretsFile(secrets), ...keys, usualKeys(home)]
}
