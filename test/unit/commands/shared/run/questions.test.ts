import { expect, test } from 'vitest'
import { askAtLogout, askToShrink } from '../../../../../src/commands/shared/run/questions.ts'
import type { Run } from '../../../../../src/commands/shared/run/run.ts'
import type { ShrinkOptions } from '../../../../../src/commands/shared/run/shrink.ts'
import { Failure } from '../../../../../src/model/failure.ts'

test('that the service stops as the run logs out is asked once, and again only where more go down than were asked about', async () => {
  const asked: string[] = []
  const ask = { line: (question: string) => Promise.resolve((asked.push(question), 'no')) }
  const run = (yes: boolean) => ({ options: { yes }, ask }) as unknown as Run
  const [one, more] = [['zk1'], ['zk1', 'zk2', 'zk3']].map((hosts) => ({ kind: 'stop', hosts, reason: 'so it is' }))
  await expect(askAtLogout(run(false), one)).rejects.toMatchObject({ step: 'confirm', exit: 130 })
  expect(asked).toEqual([expect.stringMatching(/^On zk1: so it is[.] `check`.*Type yes/)])
  await expect(askAtLogout(run(false), more, one)).rejects.toThrow()
  expect(asked).toHaveLength(2)
  await askAtLogout(run(false), one, more)
  await askAtLogout(run(false), undefined)
  await askAtLogout(run(true), more)
  expect(asked).toHaveLength(2)
})

const refusal = new Failure({ step: 'plan tree app', got: '3 of 4 znodes would be deleted', hint: '', exit: 5 })

/** What is asked; rejects as askToShrink. */
async function asked(options: { yes?: boolean; allowShrink?: boolean }, answer?: string, refusals = [refusal]) {
  const questions: string[] = []
  const line = (question: string) => {
    questions.push(question)
    return Promise.resolve(answer ?? '')
  }
  const run = { options: { yes: false, ...options }, ask: { isPossible: answer !== undefined, line } }
  await askToShrink(run as unknown as Run<ShrinkOptions>, refusals)
  return questions
}

test('a tree that would shrink is asked about on a terminal, and refused without one', async () => {
  expect(await asked({}, 'yes')).toEqual([expect.stringContaining('plan tree app: 3 of 4 znodes would be deleted.')])
  await expect(asked({}, 'no')).rejects.toMatchObject({ exit: 130 })
  await expect(asked({})).rejects.toMatchObject({ all: [refusal] })
})

test('--allow-shrink and --yes say it ahead; nothing is asked where no tree shrinks', async () => {
  expect(await asked({ allowShrink: true })).toEqual([])
  expect(await asked({ yes: true })).toEqual([])
  expect(await asked({}, 'no', [])).toEqual([])
})
