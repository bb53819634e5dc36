import { readFile } from 'node:fs/promises'
import path from 'node:path'

// `import text from './x.sh'`, './x.ejs' and './x?text' give the file's text: remote scripts, templates and examples
// travel inside the program. One rule for both tools that read our sources.
const isText = /\.(sh|ejs)$|\?text$/

/** @type {import('esbuild').Plugin} */
export const esbuildTextFiles = {
  name: 'text-files',
  setup(build) {
    build.onResolve({ filter: isText }, ({ path: name, resolveDir }) => ({
      path: path.resolve(resolveDir, name.replace(/\?text$/, '')),
      namespace: 'text',
    }))
    build.onLoad({ filter: /./, namespace: 'text' }, async ({ path: file }) => ({
      contents: await readFile(file, 'utf8'),
      loader: 'text',
    }))
  },
}

/** @type {import('vite').Plugin} */
export const viteTextFiles = {
  name: 'text-files',
  enforce: 'pre',
  async load(id) {
    if (!isText.test(id)) return null
    return `export default ${JSON.stringify(await readFile(id.replace(/\?text$/, ''), 'utf8'))}`
  },
}
