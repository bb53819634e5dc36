import { expect, test } from 'vitest'
import { askAtLogout } from '../../../../src/commands/shared/questions.ts'
import type { Run } from '../../../../src/commands/shared/run.ts'

test('it is asked about once, and again only where more go down than were asked about', async () => {
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
