import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { protect, type ProtectOptions } from '../../../../src/commands/secrets/protect.ts'
import type { Run } from '../../../../src/commands/shared/run/run.ts'
import { isSealed, readSecrets, saveSecrets, type Secrets } from '../../../../src/local/secrets.ts'
import { Secret } from '../../../../src/model/secret.ts'
import { ownFolder } from '../../folder.ts'
import { inventory } from '../../hosts/build.ts'

const own = ownFolder()

/** All that the file may hold: a field that is new has to be told here. */
const held: Required<Omit<Secrets, 'passphrase' | 'read'>> = {
  made: ['super', 'dman', 'web', 'tls:ca'],
  passwords: { super: new Secret('s-new'), dman: new Secret('d-new'), web: new Secret('w') },
  former: { super: new Secret('s-old'), dman: new Secret('d-old') },
  ids: { reader: 'reader:former' },
  sought: ['web'],
  rest: new Secret('{"tls":{"ca":"its key"},"other":1}'),
}

const shown = ({ made, passwords, former, ids, sought, rest }: Omit<Secrets, 'passphrase' | 'read'>) => {
  const each = (of: object = {}) =>
    Object.entries(of as Record<string, Secret>).map(([name, one]) => [name, one.reveal()])
  return {
    made,
    passwords: each(passwords),
    former: each(former),
    ids,
    sought,
    rest: JSON.parse(rest.reveal()) as unknown,
  }
}

test('protected and opened again secrets.json holds what it held, also amid a rotation', async () => {
  const folder = own.at()
  const state = join(folder, '.dman/dman')
  const paths = { state, secrets: join(state, 'secrets.json') }
  const given = () => Promise.resolve(new Secret('correct horse'))
  const told: string[] = []
  const run = (remove: boolean) =>
    ({
      inventory: inventory(1, paths),
      options: { remove, dryRun: false },
      passphrase: { known: given, ask: given },
      emit: (event: { task: string; is: string }) => told.push(`${event.task} ${event.is}`),
    }) as unknown as Run<ProtectOptions>
  await saveSecrets(paths, held)
  const before = readFileSync(paths.secrets, 'utf8')
  await protect(run(false))
  expect(await isSealed(paths)).toBe(true)
  expect(told).toEqual(['secrets begun', 'secrets ended'])
  expect(shown(await readSecrets(paths, given))).toEqual(shown(held))
  await protect(run(true))
  expect(readFileSync(paths.secrets, 'utf8')).toBe(before)
})
