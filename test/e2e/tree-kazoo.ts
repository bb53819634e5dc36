import { type Kazoo, kazoo, ranBy, readBy, type Seen } from './kazoo.ts'

/** kazoo of Python 3; without one there is nobody to tell what a program on a host would see. */
async function reader(): Promise<Kazoo> {
  const found = await kazoo('3', '2.11.0')
  if ('why' in found) throw new Error(`no kazoo to read with: ${found.why}; install python3-kazoo, or python3-pip`)
  return found
}

/** All znodes at and below the paths, read by kazoo without credentials. */
export const readByKazoo = async (server: string, ...paths: readonly string[]): Promise<Map<string, Seen>> =>
  readBy(await reader(), server, ...paths)

/** What comes of a write by kazoo without credentials: `written` or the name of the exception. */
export const writeByKazoo = async (server: string, at: string, text: string): Promise<unknown> =>
  ranBy(await reader(), [server, 'write', at, text])
