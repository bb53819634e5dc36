import { expect, test } from 'vitest'
import type { Run } from '../../../../src/commands/shared/run.ts'
import { askToShrink } from '../../../../src/commands/shared/questions.ts'
import { type ShrinkOptions } from '../../../../src/commands/shared/shrink.ts'
import { Failure } from '../../../../src/model/failure.ts'

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
