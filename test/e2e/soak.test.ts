import path from 'node:path'
import { expect, test } from 'vitest'
import { kazoo } from './kazoo.ts'
import { repository, runCommand } from './lab/run.ts'

// What came of chance and was wrong once is wrong: it is not tried again.
test(
  'for a minute members are restarted, killed, frozen and cut off at random, and no acknowledged write is lost, out of order or different',
  { retry: 0 },
  async (context) => {
    const reader = await kazoo('3', '2.11.0')
    if ('why' in reader) return context.skip(reader.why)
    // not `scripts/soak`: it builds, and would take away the program that other tests run
    const soak = await runCommand([process.execPath, path.join('scripts', 'soak.d', 'soak.mjs'), '--seconds', '60'], {
      cwd: repository,
    })
    console.log(soak.stdout)
    expect(soak, soak.stdout + soak.stderr).toMatchObject({ code: 0 })
    expect(soak.stdout).toMatch(/nothing lost\n$/)
  },
)
