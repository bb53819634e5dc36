// @ts-check
import { appendFileSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/** @typedef {{ state: 'passed' | 'failed' | 'skipped' | 'pending', name: string, reason: string, retried?: true }} Line */

/** A vitest reporter: one line of JSON a test, appended to the file that DMAN_TEST_RESULTS names; several runs add up there. */
export default class Results {
  /** @param {readonly import('vitest/node').TestModule[]} modules */
  onTestRunEnd(modules) {
    const file = process.env.DMAN_TEST_RESULTS
    if (file === undefined) return
    const lines = modules.flatMap((module) => {
      const broken = module.errors().map((error) => line('failed', module.moduleId, error.message))
      const tests = [...module.children.allTests()].map((test) => {
        const result = test.result()
        return line(
          result.state,
          `${module.relativeModuleId} › ${test.fullName}`,
          'note' in result ? result.note : undefined,
          test.diagnostic()?.flaky,
        )
      })
      return [...broken, ...tests]
    })
    appendFileSync(file, lines.join(''))
  }
}

/** @param {Line['state']} state @param {string} name @param {string} [reason] @param {boolean} [retried] it failed at first */
const line = (state, name, reason = '', retried = false) =>
  `${JSON.stringify({ state, name, reason, ...(retried && { retried }) })}\n`

/** Prints each skipped test with its reason, those that passed only when they were tried again and, alone on the last line, the sums of all runs. @param {string} file */
function summary(file) {
  /** @type {Line[]} */
  const all = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((text) => JSON.parse(text))
  const of = (/** @type {string} */ state) => all.filter((one) => one.state === state)
  for (const { name, reason } of of('skipped')) console.log(`skipped: ${name}: ${reason || 'no reason given'}`)
  const retried = all.filter((one) => one.retried).map(({ name }) => name)
  if (retried.length > 0) console.log(`${retried.length} retried: ${retried.join('; ')}`)
  const failed = of('failed').length + of('pending').length
  console.log(`${of('passed').length} passed, ${failed} failed, ${of('skipped').length} skipped`)
  if (failed > 0 || of('passed').length === 0) process.exitCode = 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) summary(process.argv[2] ?? '')
