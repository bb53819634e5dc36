// The import directions of the house: a folder imports only from folders on lower floors.
const floors = [
  ['cli.ts'],
  ['commands', 'ui'],
  ['ensemble'],
  ['hosts', 'tree'],
  ['local', 'remote', 'zookeeper'],
  ['inventory', 'ssh'],
  ['disk'],
  ['model'],
]
const place = (name) => (name.endsWith('.ts') ? `^src/${name.replace('.', '\\.')}$` : `^src/${name}/`)
const upward = floors.flatMap((floor, level) =>
  floor.map((name) => {
    const forbidden = floors.flatMap((other, above) => (above <= level ? other.filter((n) => n !== name) : []))
    return {
      name: `${name}-imports-downward-only`,
      severity: 'error',
      from: { path: place(name) },
      to: { path: forbidden.map(place).join('|') || '^$' },
    }
  }),
)
const owner = (library, folder) => ({
  name: `${library}-only-in-${folder}`,
  severity: 'error',
  from: { pathNot: `^src/${folder}/` },
  to: { path: `node_modules/(@types/)?${library}/` },
})
const only = (name, what, who) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: who },
  to: { path: what },
})
const pure = require('./purity.cjs').pure.map(
  (glob) =>
    `^${glob
      .replace('.', '\\.')
      .replace('*', '[^/]+')
      .replace(/\{(.*)\}/, (_, names) => `(${names.replaceAll(',', '|')})`)}$`,
)
// Beside each other: text, and libraries and modules of Node that only compute; isIP and inspect are all that is taken of net and util.
const harmless = [
  '^templates/',
  'node_modules/(ejs|diff|yaml|node-zookeeper-client/lib/jute)/',
  '^(node:)?(crypto|events|net|util)$',
]

module.exports = {
  forbidden: [
    ...upward,
    owner('ssh2', 'ssh'),
    owner('node-zookeeper-client', 'zookeeper'),
    owner('listr2', 'ui'),
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: '\\.d\\.ts$' }, to: {} },
    only(
      'the-lock-is-taken-by-its-policy',
      '^src/remote/(lock-(take|beat|break|release)|locked)\\.ts$',
      '^src/(remote|hosts/lock)/',
    ),
    only('calls-go-by-a-remote', '^src/remote/(exchange|link|send|open|compose|frame)\\.ts$', '^src/remote/'),
    only('connections-are-made-by-the-fleet', '^src/ssh/connect\\.ts$', '^src/(ssh/|commands/shared/look/fleet\\.ts$)'),
    {
      ...only('tokens-are-made-by-taking-the-lock', '^src/remote/token\\.ts$', '^src/remote/lock-take\\.ts$'),
      to: { path: '^src/remote/token\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'what-commands-share-knows-no-command',
      severity: 'error',
      from: { path: '^src/commands/shared/' },
      to: { path: '^src/commands/(?!shared/)' },
    },
    {
      name: 'ui-is-imported-by-cli-alone',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(ui/|cli\\.ts$)' },
      to: { path: '^src/ui/' },
    },
    {
      name: 'tree-imports-zookeeper-and-model-alone',
      severity: 'error',
      from: { path: '^src/tree/' },
      to: { path: '^src/', pathNot: '^src/(tree|zookeeper|model)/' },
    },
    {
      name: 'zookeeper-and-local-never-see-ssh',
      severity: 'error',
      from: { path: '^src/(zookeeper|local)/' },
      to: { path: '^src/ssh/' },
    },
    {
      name: 'planning-is-pure',
      severity: 'error',
      comment: 'what plans and judges imports, types apart, only what does so too',
      from: { path: pure.join('|') },
      to: { pathNot: [...pure, ...harmless], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
}
