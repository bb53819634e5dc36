import { Failure } from '../../model/failure.ts'
import type { Run } from './run.ts'

/** Asks, unless --yes was given; rejects where the answer is another, and with exit 3 where nobody can be asked. */
export async function confirm(
  run: Pick<Run, 'options' | 'ask'>,
  question: string,
  answer = 'yes',
  hint = 'nothing was changed',
): Promise<void> {
  if (run.options.yes) return
  const given = await run.ask.line(`${question} Type ${answer} to go on:`)
  if (given.trim() === answer) return
  throw new Failure({ step: 'confirm', got: `not confirmed: ${question}`, hint, exit: 130 })
}
