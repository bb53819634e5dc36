import { describe, expect, test } from 'vitest'
import { audit, destroyAll, foundingOf } from './killed-kit.ts'
import {
  atEach,
  expectHits,
  expectWhole,
  killed,
  type Moment,
  onLab,
  parts,
  steps,
  undisturbed,
} from './killed-moments.ts'
import type { TestLab } from './lab/lab.ts'

describe('an operator killed amid a first up', () => {
  const trial = onLab({}, async (lab) => {
    // the first one reads the archives
    await undisturbed(lab, 'up', lab.inventory)
    await destroyAll(lab, 'before the first trial')
    const whole = await undisturbed(lab, 'up', lab.inventory)
    await destroyAll(lab, 'before the first trial')
    return whole
  })
  const members = ['1 participant', '2 participant', '3 participant']

  /** `up` on the same machine goes on at once and finishes, continues the founding that was begun, and takes nobody down for it. */
  async function finishes(lab: TestLab, why: string) {
    const founding = await foundingOf(lab)
    const { length } = await audit(lab)
    const up = await lab.run('up', lab.inventory)
    await expectWhole(lab, up, { why, inventory: lab.inventory, members })
    if (founding !== undefined) expect(await foundingOf(lab), why).toEqual({ ...founding, state: 'done' })
    const begun = (await audit(lab, length)).filter(({ is, task }) => is === 'begun' && task?.startsWith('ensemble/'))
    const titles = begun.map(({ title = '' }) => title)
    expect(
      titles.filter((title) => /restart|stop|back/.test(title)),
      why,
    ).toEqual([])
    await destroyAll(lab, why)
  }

  const killedAt = (moment: Moment) =>
    trial(async (lab, whole) => {
      await finishes(lab, await killed(lab, moment, whole, () => lab.start('up', lab.inventory)))
    })

  test.each(parts)('case 22 case 25: at %s of its time: the next up goes on at once and finishes', killedAt)

  test('case 22: right after each audited step: the next up finishes', () => atEach(trial, steps, killedAt), 600_000)

  test.each([0.35, 0.65])(
    'case 22: at %s of its time: plan and status tell what there is, destroy leaves nothing',
    (part) =>
      trial(async (lab, whole) => {
        const why = await killed(lab, part, whole, () => lab.start('up', lab.inventory))
        const plan = await lab.run('plan', lab.inventory)
        expect({ code: plan.code, stderr: plan.stderr }, why).toEqual({ code: 0, stderr: '' })
        expect([0, 1], why).toContain((await lab.run('status', lab.inventory)).code)
        await destroyAll(lab, why)
      }),
  )

  expectHits()
})
