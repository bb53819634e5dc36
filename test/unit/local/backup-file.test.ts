import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { readFile, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { beforeEach, describe, expect, it } from 'vitest'
import { readBackup, spoolBeside, writeBackup } from '../../../src/local/backup-file.ts'
import { type BackupManifest, manifestText, readManifest } from '../../../src/local/backup-manifest.ts'
import type { Failure } from '../../../src/model/failure.ts'
import { ownFolder } from '../folder.ts'

const own = ownFolder()

const content = { 'snapshot.100000000': 'a snapshot/', 'log.100000001': 'x'.repeat(100_000) }
const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
const manifest: BackupManifest = {
  ensemble: 'dman',
  founding: 'ab12',
  at: '2026-01-02T03:04:05.006Z',
  from: { host: 'zk1', id: 1, version: '3.9.5' },
  by: '0.1.0',
  zxid: '0000000100000010',
  acknowledged: '000000010000000f',
  epochs: { current: 1, accepted: null },
  membership: { version: '0000000100000000', members: ['server.1=10.0.0.1:2889:3889:participant;10.0.0.1:2180'] },
  dman: sha256('dman:c2VjcmV0'),
  files: Object.entries(content).map(([name, text]) => ({ name, size: text.length, sha256: sha256(text) })),
}

describe('a backup file', () => {
  let folder = ''
  let file = ''
  beforeEach(async () => {
    folder = own.at()
    for (const [name, text] of Object.entries(content)) writeFileSync(path.join(folder, name), text)
    file = path.join(folder, 'b.tar.gz')
    await writeBackup(file, manifest, folder)
  })
  const read = () => readBackup(file, new AbortController().signal)
  const refusal = () =>
    read().then(
      () => undefined,
      (thrown: unknown) => ({ exit: (thrown as Failure).exit, got: (thrown as Failure).got }),
    )

  it('is read back as it was written, and only its owner may read it', async () => {
    expect(await read()).toEqual({
      path: file,
      manifest,
      size: (await stat(file)).size,
      sha256: sha256(await readFile(file)),
    })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([])
  })

  it('what comes into it lies beside it meanwhile; what a killed backup of this ensemble left there goes, and nobody else’s', async () => {
    const others = ['.backup-cd34-abcdef', '.backup-ab1-abcdef', 'b.tar.gz.partial']
    for (const name of others) mkdirSync(path.join(folder, name))
    const before = readdirSync(folder)
    writeFileSync(path.join(await spoolBeside(file, 'ab12'), 'log.1'), 'half')
    const now = await spoolBeside(file, 'ab12')
    expect(readdirSync(now)).toEqual([])
    expect(readdirSync(folder).sort()).toEqual([...before, path.basename(now)].sort())
    await expect(spoolBeside(path.join(folder, 'none', 'b'), 'ab12')).rejects.toMatchObject({ exit: 3, got: 'ENOENT' })
  })

  it('is refused where it was cut short, anywhere', async () => {
    const { size } = await stat(file)
    for (const left of [size - 1, size - 8, Math.floor(size / 2), 20, 0]) {
      await truncate(file, left)
      expect(await refusal(), `${left}`).toMatchObject({ exit: 5 })
    }
  })

  it('is refused where a byte was altered, in the packed file or before packing', async () => {
    const packed = await readFile(file)
    const altered = Buffer.from(packed)
    altered.writeUInt8(altered.readUInt8(packed.length - 20) ^ 1, packed.length - 20)
    await writeFile(file, altered)
    expect(await refusal()).toMatchObject({ exit: 5 })
    const tar = gunzipSync(packed)
    tar.write('y', tar.indexOf('xxxx'))
    await writeFile(file, gzipSync(tar))
    expect(await refusal()).toEqual({ exit: 5, got: 'version-2/log.100000001 is not as its manifest says' })
  })

  it('is refused where it is no backup, or not there', async () => {
    await writeFile(file, 'no gzip')
    expect(await refusal()).toMatchObject({ exit: 5 })
    rmSync(file)
    expect(await refusal()).toMatchObject({ exit: 3, got: 'there is no such file' })
  })

  it('is refused where its manifest is larger than any is, before all of it was read', async () => {
    const manifestOf = async (size: number) => {
      const tar = pack()
      tar.entry({ name: 'manifest.json' }, ' '.repeat(size))
      tar.finalize()
      const pieces: Buffer[] = []
      for await (const piece of tar) pieces.push(piece as Buffer)
      await writeFile(file, gzipSync(Buffer.concat(pieces), { level: 1 }))
    }
    await manifestOf(2 ** 22 + 1)
    expect(await refusal()).toEqual({ exit: 5, got: 'its manifest is larger than any is' })
    await manifestOf(2 ** 22)
    expect(await refusal()).not.toMatchObject({ got: 'its manifest is larger than any is' })
  })

  it('need not tell whom its trees belong to: earlier versions do not', () => {
    const earlier = { ...manifest, dman: undefined }
    expect(readManifest(manifestText(earlier as unknown as BackupManifest))).toEqual(earlier)
  })

  it('case 42: is refused where a later version wrote it', () => {
    const later = manifestText(manifest).replace('"format": 1', '"format": 2')
    expect(() => readManifest(later)).toThrow(/later version/)
  })

  it('names nothing but snapshots and logs', () => {
    for (const name of ['../log.1', 'log.1;x', 'currentEpoch', '-log.1']) {
      const files = [{ name, size: 1, sha256: sha256('') }]
      expect(() => readManifest(manifestText({ ...manifest, files })), name).toThrow(/not whole/)
    }
  })
})
