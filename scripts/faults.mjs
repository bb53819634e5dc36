// @ts-check
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { excuse } from './test-reporter.mjs'

// The last column of docs/faults.md, which tests show each fault, comes from the tests themselves:
//   node scripts/faults.mjs                   writes it, by the titles of all tests
//   node scripts/faults.mjs --check RESULTS   exits with 1 where what scripts/test-reporter.mjs noted of a whole run tells otherwise

const file = 'docs/faults.md'
/** The reason for which such hosts skip a test. */
const onLoopback = /^hosts of the kind loopback /

/** @typedef {import('./test-reporter.mjs').Line} Line */

/** Files with tests of each fault, in order: those that passed, and those that this machine can't run and need not. @param {readonly Line[]} lines */
function shownBy(lines) {
  /** @type {Map<number, Set<string>>} */
  const files = new Map()
  for (const { name, state, reason } of lines) {
    const [path = '', title = ''] = name.split(' › ', 2)
    if (state !== 'passed' && !onLoopback.test(reason) && excuse(reason) === undefined) continue
    for (const [, list = ''] of title.matchAll(/\bcases? (\d+(?:, \d+)*)/g))
      for (const number of list.split(', ').map(Number))
        files.set(number, (files.get(number) ?? new Set()).add(path.replace(/^test\/|\.test\.ts$/g, '')))
  }
  return new Map([...files].map(([number, paths]) => [number, [...paths].sort().join(', ')]))
}

/** The page with that column. @param {string} page @param {ReadonlyMap<number, string>} shown */
const withColumn = (page, shown) =>
  page.replace(
    /^(\| (\d+) \| .* \| .* \|) .* \|$/gm,
    (_row, told, number) => `${told} ${shown.get(Number(number)) ?? 'nothing'} |`,
  )

/** @returns {Line[]} all tests there are, as if each had passed */
function titles() {
  // Files are loaded for their titles alone: what they make as they load nobody removes.
  const TMPDIR = mkdtempSync(path.join(tmpdir(), 'dman-titles-'))
  const how = /** @type {const} */ ({ encoding: 'utf8', maxBuffer: 2 ** 26, env: { ...process.env, TMPDIR } })
  let json = ''
  try {
    json = execFileSync('npx', ['vitest', 'list', '--json'], how)
  } finally {
    rmSync(TMPDIR, { recursive: true, force: true })
  }
  const all = /** @type {{ name: string, file: string }[]} */ (JSON.parse(json.slice(json.indexOf('['))))
  return all.map(({ name, file }) => ({ state: 'passed', name: `${path.relative('.', file)} › ${name}`, reason: '' }))
}

/** @param {string} results @returns {Line[]} */
const noted = (results) =>
  readFileSync(results, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

const [how, results = ''] = process.argv.slice(2)
const page = readFileSync(file, 'utf8')
const truth = withColumn(page, shownBy(how === '--check' ? noted(results) : titles()))
if (how !== '--check') writeFileSync(file, truth)
else if (page !== truth) {
  const wanted = truth.split('\n')
  for (const [at, row] of page.split('\n').entries())
    if (row !== wanted[at]) console.log(`${file}:${at + 1} is\n  ${row}\nand the tests say\n  ${wanted[at] ?? ''}`)
  console.log('node scripts/faults.mjs mends it')
  process.exitCode = 1
}
