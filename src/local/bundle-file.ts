import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import { pack } from 'tar-stream'
import { writeFileAtomically } from './state.ts'

/** Writes texts by their names as one .tar.gz (0600), below the one folder `root`. What is named is made of letters of ours alone. */
export async function writeBundle(path: string, root: string, files: ReadonlyMap<string, string>): Promise<number> {
  const tar = pack()
  const packed = buffer(tar.pipe(createGzip()))
  for (const [name, text] of files) tar.entry({ name: `${root}/${name}`, mode: 0o600 }, text)
  tar.finalize()
  const bytes = await packed
  await writeFileAtomically(path, bytes)
  return bytes.length
}
