// Bundles the program: one entry and a few lazily loaded chunks below dist/, nothing to install beside them.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'
import { thirdPartyLicenses } from './licenses.mjs'
import { esbuildTextFiles } from './text-files.mjs'

const { version } = JSON.parse(await readFile('package.json', 'utf8'))
await rm('dist', { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: { 'dman-bootstrap': 'src/cli.ts' },
  outdir: 'dist',
  bundle: true,
  metafile: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Half the text is half the time to compile it at every start; names stay, so that --verbose shows readable stacks.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  external: ['*.node', 'cpu-features'],
  plugins: [esbuildTextFiles],
  define: { 'process.env.DMAN_BOOTSTRAP_VERSION': JSON.stringify(version) },
  banner: {
    js: [
      '#!/usr/bin/env node',
      "import { createRequire as __createRequire } from 'node:module';",
      "import { fileURLToPath as __fileURLToPath } from 'node:url';",
      'const require = __createRequire(import.meta.url);',
      "const __filename = __fileURLToPath(import.meta.url); const __dirname = __fileURLToPath(new URL('.', import.meta.url));",
    ].join('\n'),
  },
})
await writeFile('dist/THIRD-PARTY-LICENSES.txt', await thirdPartyLicenses(metafile))
