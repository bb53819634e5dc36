import { describe, expect, test } from 'vitest'
import { foundingOf, watchMembers } from './killed-kit.ts'
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
  type Whole,
} from './killed-moments.ts'
import type { TestLab } from './lab/lab.ts'
import { write } from './znodes.ts'

describe('an operator killed amid a roll', () => {
  const members = ['1 participant', '2 participant', '3 participant']
  let heap = 256
  /** settings that no member runs with yet */
  const changed = (lab: TestLab) =>
    lab.edit((inventory) => inventory.setIn(['zookeeper', 'heap'], `${++heap}m`), { name: `heap-${heap}.yml` })

  const trial = onLab({}, async (lab) => {
    const now = { inventory: await changed(lab) }
    await undisturbed(lab, 'up', now.inventory)
    await settle(lab)
    const one = async (command: string, inventory: string) => {
      const watching = watchMembers(lab)
      const whole = await undisturbed(lab, command, inventory)
      expect(await watching.end(), 'a roll takes one member down at a time').toBe(1)
      return whole
    }
    const restart = await one('restart', now.inventory)
    now.inventory = await changed(lab)
    return { now, restart, up: await one('up', now.inventory) }
  })

  /** One member down at most from the kill to the end of the next run, which finishes; nothing acknowledged is lost. */
  const killedAt = (moment: Moment, command: 'restart' | 'up', then: 'restart' | 'up') =>
    trial(async (lab, { now, ...wholes }) => {
      const whole: Whole = wholes[command]
      const founding = await foundingOf(lab)
      const at = `/before-${performance.now()}`
      await write(lab, 'zk1', at)
      if (command === 'up') now.inventory = await changed(lab)
      const { inventory } = now
      const watching = watchMembers(lab)
      const why = `${await killed(lab, moment, whole, () => lab.start(command, inventory))}, then ${then}`
      const next = await lab.run(then, inventory)
      expect(await watching.end(), why).toBeLessThanOrEqual(1)
      await expectWhole(lab, next, { why, inventory, members, znodes: { [at]: 'acknowledged' } })
      expect(await foundingOf(lab), why).toEqual(founding)
    })

  // either of the two may come next
  test.each(parts.map((part, index) => ({ part, then: index % 4 === 0 ? ('restart' as const) : ('up' as const) })))(
    'case 22: restart at $part of its time, then $then: one member down at most, and it finishes',
    ({ part, then }) => killedAt(part, 'restart', then),
  )

  test.each([
    ['changed settings', 'up', 11],
    ['restart', 'restart', 7],
  ] as const)(
    'case 22: %s, right after each audited step: one member down at most, the next up finishes',
    (_, command, least) =>
      atEach(
        trial,
        (wholes) => steps(wholes[command]),
        (moment) => killedAt(moment, command, 'up'),
        least,
      ),
    600_000,
  )

  expectHits()
})
