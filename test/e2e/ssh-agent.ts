// An ssh-agent of a test's own, that holds the keys it is given and ends with the test.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import type { Scratch } from './ssh-servers.ts'

let count = 0

/** `passphrase` opens those of the keys that have one; the body gets the agent's environment. */
export async function withAgent(
  scratch: Scratch,
  keys: readonly string[],
  body: (env: { HOME: string; SSH_AUTH_SOCK: string }) => Promise<void>,
  passphrase = '',
): Promise<void> {
  const socket = join(scratch.folder, `agent${++count}.sock`)
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  try {
    await vi.waitFor(() => expect(existsSync(socket)).toBe(true))
    const env = { HOME: scratch.folder, SSH_AUTH_SOCK: socket }
    const askpass = join(scratch.folder, 'askpass')
    writeFileSync(askpass, `#!/bin/sh\necho '${passphrase}'\n`, { mode: 0o700 })
    const adding = { ...process.env, ...env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' }
    for (const key of keys) execFileSync('ssh-add', ['-q', key], { env: adding, stdio: 'ignore' })
    await body(env)
  } finally {
    const gone = once(agent, 'exit')
    agent.kill()
    await gone
  }
}
