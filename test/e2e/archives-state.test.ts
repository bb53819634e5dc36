import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { openAudit } from '../../src/local/audit.ts'
import { endFounding, readFounding, saveFounding } from '../../src/local/founding.ts'
import { makeSecrets, noSecrets, readSecrets, saveSecrets } from '../../src/local/secrets.ts'
import { readRecord, writeFileAtomically, writeRecord } from '../../src/local/state.ts'
import type { PlanDocument } from '../../src/model/documents.ts'
import type { Event } from '../../src/model/event.ts'
import { Failure } from '../../src/model/failure.ts'
import { cleanUp, scratch } from './archives-server.ts'

afterAll(cleanUp)

let state = ''
let paths = { state, secrets: '' }
beforeEach(() => {
  state = join(scratch(), '.dman', 'dman')
  paths = { state, secrets: join(state, 'secrets.json') }
})
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)
const rejection = async (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 'resolved', (error: unknown) => error) // prettier-ignore

describe('secrets', () => {
  test('are kept 0600 in a folder 0700 that git ignores, whatever the umask', async () => {
    const before = process.umask(0)
    try {
      await saveSecrets(paths, makeSecrets(noSecrets))
    } finally {
      process.umask(before)
    }
    expect([mode(paths.secrets), mode(state), mode(join(state, '..'))]).toEqual(['600', '700', '700'])
    expect(readFileSync(join(state, '..', '.gitignore'), 'utf8')).toBe('*\n')
    const again = await readSecrets(paths)
    expect(again.passwords.super?.reveal()).toMatch(/^[\w-]{43}$/)
    expect(again.made).toEqual(['super', 'dman'])
  })

  test('without a file there are none, and reading makes nothing', async () => {
    expect(await readSecrets(paths)).toEqual(noSecrets)
    expect(existsSync(join(state, '..'))).toBe(false)
  })

  test('what else the file holds survives a save', async () => {
    await saveSecrets(paths, noSecrets)
    writeFileSync(paths.secrets, '{"format":1,"made":[],"passwords":{},"ca":{"key":"k"}}')
    await saveSecrets(paths, makeSecrets(await readSecrets(paths)))
    expect(await readRecord(paths.secrets)).toMatchObject({ ca: { key: 'k' }, made: ['super', 'dman'] })
  })

  test('case 42: written by a later version they are refused, exit 5, and never rewritten', async () => {
    await saveSecrets(paths, noSecrets)
    const later = '{"format":2,"made":["super"],"sealed":"…"}'
    writeFileSync(paths.secrets, later)
    const got = 'this was written by a later version (format 2)'
    expect(await rejection(readSecrets(paths))).toMatchObject({ got, exit: 5 })
    expect(await rejection(saveSecrets(paths, makeSecrets(noSecrets)))).toMatchObject({ got, exit: 5 })
    expect(readFileSync(paths.secrets, 'utf8')).toBe(later)
  })

  test('damaged, or open to others, they are refused, exit 5', async () => {
    await saveSecrets(paths, makeSecrets(noSecrets))
    chmodSync(paths.secrets, 0o640)
    expect(await rejection(readSecrets(paths))).toMatchObject({ got: 'others than you can read or write it', exit: 5 })
    chmodSync(paths.secrets, 0o600)
    for (const text of ['', '{', '{}', '{"format":1}', '[]']) {
      writeFileSync(paths.secrets, text)
      expect(await rejection(readSecrets(paths))).toMatchObject({ exit: 5 })
    }
  })
})

describe('the record of a founding', () => {
  const founding = { id: 'f00d', hosts: ['zk1', 'zk2'], begunAt: '2026-01-01T00:00:00.000Z', state: 'begun' as const }

  test('is begun, done and ended', async () => {
    expect(await readFounding(state)).toEqual({ is: 'absent' })
    await saveFounding(state, founding)
    expect(await readFounding(state)).toEqual({ is: 'present', value: founding })
    await saveFounding(state, { ...founding, state: 'done' })
    expect(await readFounding(state)).toMatchObject({ value: { state: 'done' } })
    await expect(saveFounding(state, { ...founding, id: 'other' })).rejects.toMatchObject({ exit: 5 })
    await endFounding(state)
    expect(await readFounding(state)).toEqual({ is: 'absent' })
    expect(mode(join(state, 'founding.json'))).toBe('600')
  })

  test('case 42: of a later version, or damaged, it is unknown, not absent', async () => {
    await saveFounding(state, founding)
    for (const text of ['{"format":2}', '{"format":1,"state":"begun"}', '']) {
      writeFileSync(join(state, 'founding.json'), text)
      expect(await readFounding(state)).toMatchObject({ is: 'unknown', why: { exit: 5 } })
    }
  })
})

describe('writing', () => {
  test('leaves the old file whole where it fails, and no left-overs', async () => {
    const path = join(state, '..', '..', 'file')
    await writeFileAtomically(path, 'old')
    expect(await rejection(writeFileAtomically(join(path, 'below'), 'new'))).toBeInstanceOf(Failure)
    expect(readFileSync(path, 'utf8')).toBe('old')
    await writeFileAtomically(path, 'new', 0o640)
    expect([readFileSync(path, 'utf8'), mode(path)]).toEqual(['new', '640'])
    await writeRecord(path + '.json', { a: 1 })
    expect(await readRecord(path + '.json')).toEqual({ format: 1, a: 1 })
  })
})

describe('audit.jsonl', () => {
  const of = { who: 'ann@laptop', run: 'r1', command: 'up', dryRun: false }
  const file = () => join(state, 'audit.jsonl')
  const lines = () =>
    readFileSync(file(), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  const begun: Event = { at: 1, task: 'observe', is: 'begun', title: 'observe' }
  const change: Event = {
    at: 3,
    task: 'hosts/zk1',
    host: 'zk1',
    is: 'call',
    script: 'lay',
    changes: true,
    ms: 5,
    outcome: 'done',
  }
  const ask: Event = { ...change, script: 'observe', changes: false }
  const lock: Event = { at: 2, task: 'lock', is: 'begun', title: 'lock' }

  test('holds who, what and when, from the lock on, in order, each line at once', () => {
    const audit = openAudit(state, of)
    audit.write(begun)
    audit.write(ask)
    expect(existsSync(file())).toBe(false)
    audit.write(lock)
    expect(lines().map(({ is }) => is)).toEqual(['run', 'begun', 'begun'])
    audit.write({ at: 3, task: 'lock', is: 'progress', done: 1, total: 2, unit: 'bytes' })
    audit.write(change)
    expect(lines().at(-1)).toEqual({ at: '1970-01-01T00:00:00.003Z', run: 'r1', task: 'hosts/zk1', host: 'zk1', is: 'call', script: 'lay', changes: true, ms: 5, outcome: 'done' }) // prettier-ignore
    audit.end(0)
    expect(lines()[0]).toEqual({
      format: 1,
      at: '1970-01-01T00:00:00.001Z',
      run: 'r1',
      is: 'run',
      who: 'ann@laptop',
      command: 'up',
    })
    expect(lines().at(-1)).toMatchObject({ is: 'exit', exit: 0 })
    expect(mode(file())).toBe('600')
  })

  const empty: PlanDocument = { version: 1, ensemble: 'dman', changes: [], steps: [], restarts: [] }

  test('is not made by a run that changes nothing, nor by a dry run', () => {
    const audit = openAudit(state, of)
    audit.write(begun)
    audit.write({ at: 2, task: 'plan', is: 'plan', plan: empty })
    // shown, and then refused: what goes on takes the lock
    const changes = [{ kind: 'upload', summary: 'upload', reason: 'it is not there' }]
    audit.write({ at: 3, task: 'plan', is: 'plan', plan: { ...empty, changes } })
    audit.end(0)
    const dry = openAudit(state, { ...of, dryRun: true })
    for (const event of [lock, change]) dry.write(event)
    dry.end(0)
    expect(existsSync(join(state, '..'))).toBe(false)
  })

  test('goes on in a new file once it is large, and of former ones the newest few stay', () => {
    const run = (n: number) => {
      const audit = openAudit(state, { ...of, run: `r${n}` })
      audit.write({ ...lock, at: n * 1000 })
      audit.end(0)
    }
    run(0)
    run(1)
    expect(readdirSync(state)).toEqual(['audit.jsonl'])
    const large = `{"is":"${'x'.repeat(8 * 1024 * 1024)}"}\n`
    for (const n of [2, 3, 4, 5, 6, 7, 8]) {
      writeFileSync(file(), large, { mode: 0o600 })
      run(n)
      expect(lines()[0]).toMatchObject({ run: `r${n}`, is: 'run' })
    }
    expect(readdirSync(state).sort()).toEqual([
      ...[4, 5, 6, 7, 8].map((n) => `audit-19700101T00000${n}Z-r${n}.jsonl`),
      'audit.jsonl',
    ])
    expect(readFileSync(join(state, 'audit-19700101T000008Z-r8.jsonl'), 'utf8')).toBe(large)
    expect(mode(join(state, 'audit-19700101T000008Z-r8.jsonl'))).toBe('600')
  })

  test('begins where a tree is written, and goes on behind a line that a power cut left half', () => {
    const first = openAudit(state, of)
    first.write({ at: 2, task: 'trees/app/write', is: 'begun', title: 'generation 1' })
    first.end(1)
    writeFileSync(file(), `${readFileSync(file(), 'utf8')}{"at":`)
    const second = openAudit(state, { ...of, run: 'r2' })
    second.write(lock)
    second.end(0)
    const all = readFileSync(file(), 'utf8').trimEnd().split('\n')
    expect(all.map((line) => line.slice(0, 6))).toEqual([
      '{"form',
      '{"at":',
      '{"at":',
      '{"at":',
      '{"form',
      '{"at":',
      '{"at":',
    ])
  })
})
