import { beforeAll, describe, expect, test } from 'vitest'
import { expectDone, foundingOf, killAt, spread, trials, watchMembers } from './killed-kit.ts'
import { withLab } from './lab/lab.ts'

describe('an operator killed amid a roll', () => {
  const lab = withLab()
  let whole = 0
  let heap = 256
  const changed = () =>
    lab.edit((inventory) => inventory.setIn(['zookeeper', 'heap'], `${++heap}m`), { name: 'changed.yml' })

  beforeAll(async () => {
    await expectDone(lab, await lab.run('up', lab.inventory), 'a first up')
    const inventory = await changed()
    const watching = watchMembers(lab)
    const up = await lab.run('up', inventory)
    expect(await watching.end(), 'a roll takes one member down at a time').toBe(1)
    await expectDone(lab, up, 'a roll that nobody disturbs', inventory)
    whole = up.ms
    console.log(`one roll: ${Math.round(whole)} ms`)
  })

  test.each(spread(trials(4)))(
    'case 22: at %s of its time: one member down at most, the next up finishes',
    async (part) => {
      const ms = Math.round(part * whole)
      const founding = await foundingOf(lab)
      const inventory = await changed()
      const watching = watchMembers(lab)
      const killed = await killAt(ms, lab.start('up', inventory))
      const up = await lab.run('up', inventory)
      const why = `killed after ${ms} of ${Math.round(whole)} ms (${String(killed.signal)})`
      expect(await watching.end(), why).toBe(1)
      await expectDone(lab, up, why, inventory)
      expect(await foundingOf(lab), why).toEqual(founding)
    },
  )
})
