import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach } from 'vitest'

/** A folder of its own for each test of a file, there while it runs: paths in it, and without a name its own. */
export function ownFolder(): { readonly at: (...names: string[]) => string } {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'dman-test-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  return { at: (...names) => path.join(folder, ...names) }
}
