import { execFileSync } from 'node:child_process'
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { mustBeFile, readBounded, readBoundedText, Unfit } from '../../../src/disk/bounded.ts'
import { readInventory } from '../../../src/inventory/read.ts'
import { readBackup } from '../../../src/local/backup-file.ts'
import { readRecord } from '../../../src/local/state.ts'
import { readKnownHosts } from '../../../src/ssh/known-hosts-file.ts'
import { readJson } from '../../../src/tree/export/import.ts'
import { ownFolder } from '../folder.ts'

const own = ownFolder()

let folder = ''
const at = (name: string) => path.join(folder, name)
const file = (name: string, size: number) => {
  writeFileSync(at(name), 'begun')
  truncateSync(at(name), size)
  return at(name)
}
const pipe = (name: string) => {
  execFileSync('mkfifo', [at(name)])
  return at(name)
}
beforeEach(() => {
  folder = own.at()
})

describe('a file that is read whole', () => {
  it('has the bytes of its bound, and none more', async () => {
    expect(await readBounded(file('most', 2 ** 20))).toHaveLength(2 ** 20)
    await expect(readBounded(file('more', 2 ** 20 + 1))).rejects.toThrow(
      new Unfit('it has 2 MiB, and 1 MiB are the most that is read'),
    )
    expect(await readBoundedText(file('small', 5), 5)).toBe('begun')
    await expect(readBounded(at('small'), 4)).rejects.toThrow(Unfit)
  })

  it('is told by what it is, and never waited for; a link is followed, and /dev/null is empty', async () => {
    symlinkSync(pipe('pipe'), at('link'))
    await expect(readBounded(at('link'))).rejects.toThrow(new Unfit('it is a named pipe, and no file'))
    await expect(readBounded(folder)).rejects.toThrow(new Unfit('it is a directory, and no file'))
    await expect(readBounded('/dev/zero')).rejects.toThrow(new Unfit('it is a device, and no file'))
    symlinkSync('/dev/null', at('nothing'))
    expect(await readBounded(at('nothing'))).toHaveLength(0)
    const server = createServer().listen(at('socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    await expect(mustBeFile(at('socket'))).rejects.toThrow(new Unfit('it is a socket, and no file'))
    await new Promise((resolve) => server.close(resolve))
    symlinkSync(file('real', 5), at('to it'))
    expect(await readBoundedText(at('to it'))).toBe('begun')
    await expect(readBounded(at('missing'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('what the operator’s side reads', () => {
  const refusal = (reading: Promise<unknown>) =>
    reading.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )

  it('an inventory is a file of 1 MiB at most', async () => {
    const isPipe = { exit: 3, got: 'it is a named pipe, and no file', hint: 'name a readable YAML file' }
    expect(await refusal(readInventory(pipe('inventory.yml')))).toMatchObject({ all: [isPipe] })
    const isLarge = { exit: 3, got: 'it has 700 MiB, and 1 MiB are the most that is read' }
    expect(await refusal(readInventory(file('large.yml', 700 * 2 ** 20)))).toMatchObject({ all: [isLarge] })
  })

  it('a path in it that leads to a pipe is told, not waited for', async () => {
    pipe('jre.tar.gz')
    const hosts = 'hosts: { zk1: { id: 1, address: 10.0.0.11 } }'
    writeFileSync(at('i.yml'), `${hosts}\njava: { archive: ./jre.tar.gz }\nzookeeper: { version: 3.9.5 }\n`)
    expect(await refusal(readInventory(at('i.yml')))).toMatchObject({
      all: [{ exit: 3, got: `${at('jre.tar.gz')} is not a file` }],
    })
  })

  it('secrets.json, known_hosts, a backup and an export likewise', async () => {
    const got = 'it is a named pipe, and no file'
    expect(await refusal(readRecord(pipe('secrets.json')))).toMatchObject({ exit: 5, got })
    expect(await refusal(readRecord(file('large.json', 2 ** 24 + 1)))).toMatchObject({
      exit: 5,
      got: 'it has 17 MiB, and 16 MiB are the most that is read',
    })
    await expect(readKnownHosts([pipe('known_hosts')])).rejects.toThrow(got)
    await expect(readKnownHosts([file('large_hosts', 2 ** 26 + 1)])).rejects.toThrow(/64 MiB are the most/)
    expect(await refusal(readBackup(pipe('b.tar.gz'), new AbortController().signal))).toMatchObject({ exit: 3, got })
    expect(await refusal(readJson(pipe('tree.json'), '/app', {}))).toMatchObject({
      exit: 3,
      got: 'it is no regular file',
    })
  })
})
