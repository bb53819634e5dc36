import importSort from 'eslint-plugin-simple-import-sort'
import tseslint from 'typescript-eslint'
import { pure } from './purity.cjs'

const given = 'planning is pure: it is a fact, or made before'
const globals = [
  'performance',
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'crypto',
]

export default tseslint.config(
  { ignores: ['dist', 'node_modules'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js', '*.cjs', 'scripts/*.mjs'] } },
    },
    plugins: { 'import-sort': importSort },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 14],
      'max-len': ['error', { code: 1000, comments: 150, ignoreUrls: true }],
      'import-sort/imports': ['error', { groups: [['^\\u0000', '^node:', '^@?\\w', '^', '^\\.']] }],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**'],
    // waits of those that were turned away, or wait for a lock, differ by chance
    ignores: ['src/ssh/connect.ts', 'src/hosts/lock.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'it can be foretold: take randomBytes of node:crypto' },
      ],
    },
  },
  {
    files: pure,
    rules: {
      'no-restricted-globals': ['error', ...globals.map((name) => ({ name, message: given }))],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: given },
        { object: 'Math', property: 'random', message: given },
        ...globals.map((property) => ({ object: 'globalThis', property, message: given })),
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: given },
        { selector: 'CallExpression[callee.name="Date"]', message: given },
        { selector: 'ImportExpression', message: given },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'node:crypto', allowImportNames: ['createHash', 'hash'], message: given },
            { name: 'node:net', allowImportNames: ['isIP', 'isIPv4', 'isIPv6'], message: given },
            { name: 'node:util', allowImportNames: ['inspect'], message: given },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**', 'scripts/**'],
    rules: { 'max-lines-per-function': 'off', 'no-console': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  { files: ['**/*.js', '**/*.mjs', '**/*.cjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
)
