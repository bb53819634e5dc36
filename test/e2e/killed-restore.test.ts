import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { allOf, everywhere, killAfter, nth, samples } from './killed-kit.ts'
import {
  atEach,
  expectHits,
  expectWhole,
  killed,
  type Moment,
  onLab,
  parts,
  settle,
  steps,
  undisturbed,
} from './killed-moments.ts'
import { write } from './znodes.ts'

describe('an operator killed amid a restore', () => {
  const members = ['1 participant', '2 participant', '3 participant']
  const trial = onLab({}, async (lab) => {
    const file = path.join(lab.folder, `${performance.now()}.tar.gz`)
    await undisturbed(lab, 'up', lab.inventory)
    await settle(lab)
    await write(lab, 'zk1', '/kept')
    await undisturbed(lab, 'backup', lab.inventory, '--out', file)
    return { file, whole: await undisturbed(lab, 'restore', lab.inventory, file, '--yes') }
  })

  /** The next restore finishes: on every member what the backup has, and nothing that was written since. */
  const killedAt = (moment: Moment) =>
    trial(async (lab, { file, whole }) => {
      const since = `/since-${performance.now()}`
      await write(lab, 'zk1', since)
      const restore = () => lab.start('restore', lab.inventory, file, '--yes')
      const why = await killed(lab, moment, whole, restore)
      const znodes = { '/kept': 'acknowledged', [since]: undefined }
      await expectWhole(lab, await restore().done, { why, inventory: lab.inventory, members, znodes })
    })

  test.each(parts)('case 22 case 40: at %s of its time: the next restore finishes', killedAt)

  test(
    'case 22 case 40: right after each audited step: the next restore finishes',
    () => atEach(trial, ({ whole }) => steps(whole), killedAt),
    600_000,
  )

  test('case 23: Ctrl-C amid it: what is under way on the hosts is finished, the lock released, and it says that the restore is not', () =>
    trial(async (lab, { file }) => {
      const restore = () => lab.start('restore', lab.inventory, file, '--yes')
      const { outcome } = await killAfter(lab, nth('call restore-mark', 1), restore, 'SIGINT')
      expect(outcome.code, outcome.stderr).toBe(130)
      expect(outcome.stderr).toMatch(/the restore is not finished/)
      const open = (await samples(lab)).map((each) => each !== 'closed')
      expect(new Set(open).size, 'all serve yet, or all were stopped').toBe(1)
      await expect
        .poll(() => samples(lab), { timeout: 10_000, message: 'all serve yet, or all were stopped' })
        .toBeOneOf([allOf(lab, 'serves'), allOf(lab, 'closed')])
      expect(Object.values(await everywhere(lab, 'ls -d dman/run/lock 2>/dev/null || :')).join('')).toBe('')
      await expectWhole(lab, await restore().done, { why: 'the next restore', inventory: lab.inventory, members })
    }))

  expectHits()
})
