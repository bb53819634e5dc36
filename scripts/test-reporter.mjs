// @ts-check
import { appendFileSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { whyNot } from './lab.d/namespaces.mjs'

/** @typedef {{ state: 'passed' | 'failed' | 'skipped' | 'pending', name: string, reason: string, retried?: true }} Line */

/** Where labs are of the kind namespaces everything runs but these, by how what a test says begins; each with why it need not. */
const maySkip = [
  { says: /root reads everything/, for: 'labs of that kind want root, which no file is closed to' },
  { says: /no packet filter \(nft\)/, for: 'a route that a host lacks, which every machine can have, shows the same' },
  { says: /this kernel takes no IPv6 address/, for: 'a machine may be without IPv6' },
  {
    says: /this machine has no \/dev\/net\/tun/,
    for: 'a container may be without it, and a slow line is no other line',
  },
  {
    says: /(tcsh|fish|bsd-csh)\b.* not installed/,
    for: 'a system may be without that shell; the others log in all the same',
  },
  { says: /localedef has no tr_TR/, for: 'where there is no such locale no login can bring it along' },
  {
    says: /there is no Python 2 here/,
    for: 'systems have none any more; the reader for it is tried where there is one',
  },
  { says: /no JDK/, for: 'nothing else wants a compiler; what client prints for Python and Node was tried by then' },
  {
    says: /\S+==\S+ is not to be had/,
    for: 'PyPI may be out of reach, and clients of the ensemble are not the product',
  },
  {
    says: /one version only/,
    for: 'Maven Central may be out of reach, and with one release there is no other to go to',
  },
]

/** Why a test that was skipped for that reason may be, on whatever machine. @param {string} reason */
export const excuse = (reason) => maySkip.find(({ says }) => reason.search(says) === 0)?.for

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

/** Those that were skipped and may not be; none where labs are of the kind loopback. @param {readonly Line[]} skipped */
async function unexcused(skipped) {
  const isLoopback = process.env.DMAN_LAB_KIND === 'loopback' || (await whyNot()) !== undefined
  return skipped.filter(({ reason }) => !isLoopback && excuse(reason) === undefined)
}

/**
 * Prints each skipped test with its reason, those that passed only when they were tried again and, alone on the last line, the sums of all runs.
 * Exits with 1 where one failed, none passed, or one was skipped that may not be.
 * @param {string} file
 */
async function summary(file) {
  /** @type {Line[]} */
  const all = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((text) => JSON.parse(text))
  const of = (/** @type {string} */ state) => all.filter((one) => one.state === state)
  for (const { name, reason } of of('skipped')) {
    const why = excuse(reason)
    console.log(`skipped: ${name}: ${reason || 'no reason given'}${why === undefined ? '' : ` (may be: ${why})`}`)
  }
  const missing = await unexcused(of('skipped'))
  if (missing.length > 0) console.log(`skipped, and may not be: ${missing.map(({ name }) => name).join('; ')}`)
  const retried = all.filter((one) => one.retried).map(({ name }) => name)
  if (retried.length > 0) console.log(`${retried.length} retried: ${retried.join('; ')}`)
  const failed = of('failed').length + of('pending').length
  console.log(`${of('passed').length} passed, ${failed} failed, ${of('skipped').length} skipped`)
  if (failed > 0 || missing.length > 0 || of('passed').length === 0) process.exitCode = 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await summary(process.argv[2] ?? '')
