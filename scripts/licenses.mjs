import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

/**
 * Name, version and licence of every package whose code a build took in, as its licence asks of who passes it on. Rejects where a
 * package tells no licence at all.
 * @param {import('esbuild').Metafile} metafile
 */
export async function thirdPartyLicenses({ outputs }) {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  )
  const folders = [...new Set(files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []))]
  const texts = await Promise.all(folders.map(licenseOf))
  // the same version may lie in several folders
  return [...new Set(texts)].sort().join('\n')
}

/** @param {string} folder */
async function licenseOf(folder) {
  const { name, version, license, author } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'))
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort()
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')))
  if (files.length === 0 && typeof license !== 'string') throw new Error(`${folder} tells no licence`)
  const by = typeof author === 'string' ? author : author?.name
  const told = `Licence: ${license}${by === undefined ? '' : `, by ${by}`} (the package brings no text of it).`
  const text = files.length === 0 ? told : texts.map((each) => each.trim()).join('\n\n')
  return `${name} ${version}\n${'='.repeat(80)}\n\n${text}\n`
}
