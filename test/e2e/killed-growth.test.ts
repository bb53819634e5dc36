import { describe, expect, test } from 'vitest'
import { everywhere, killAfter, nth, watchMembers } from './killed-kit.ts'
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

interface Wholes {
  /** of bare hosts, and of hosts that were members before */
  readonly growth: Whole
  readonly again: Whole
  readonly shrinking: Whole
}

/** The steps of both ways; of bare hosts those that hosts which were members before do not need. */
function pairs({ growth, again, shrinking }: Wholes) {
  const kinds = (of: Whole) => steps(of).map((step) => ({ step, kind: typeof step === 'number' ? '' : step.kind }))
  const known = kinds(again)
  const only = kinds(growth).filter(({ kind }) => !known.some((one) => one.kind === kind))
  const growing = [
    ...known.map(({ step }) => ({ step, bare: false })),
    ...only.map(({ step }) => ({ step, bare: true })),
  ]
  const going = steps(shrinking)
  const most = Array.from({ length: Math.max(growing.length, going.length) }, (_, index) => index)
  return most.map((index) => {
    const { step = 0.5, bare = false } = growing[index % growing.length] ?? {}
    return { growing: step, bare, shrinking: going[index] }
  })
}

describe('an operator killed while members come and go', () => {
  const voters = (...ids: number[]) => ids.map((id) => `${id} participant`)
  const come = ['zk4', 'zk5']
  const stay = ['zk1', 'zk2', 'zk3']
  /** hosts as bare as a machine that takes the place of one that died */
  const wiped = (lab: TestLab) => Promise.all(come.map((host) => lab.exec(host, 'chmod -R u+w dman && rm -rf dman')))

  const trial = onLab({ hosts: 5 }, async (lab) => {
    const three = await lab.edit((inventory) => come.forEach((host) => inventory.deleteIn(['hosts', host])))
    const back = await lab.edit((inventory) =>
      come.forEach((host) => inventory.setIn(['hosts', host, 'role'], 'absent')),
    )
    await undisturbed(lab, 'up', three)
    const growth = await undisturbed(lab, 'up', lab.inventory)
    await settle(lab)
    const shrinking = await undisturbed(lab, 'up', '--yes', back)
    const again = await undisturbed(lab, 'up', lab.inventory)
    await undisturbed(lab, 'up', '--yes', back)
    return { back, growth, again, shrinking }
  })

  /** Those that stay serve all the time; the next up brings everybody to where the inventory has them; nothing acknowledged is lost. */
  const killedAt = (growing: Moment, shrinking: Moment | undefined, bare = false) =>
    trial(async (lab, state) => {
      if (bare) await wiped(lab)
      const at = `/before-${performance.now()}`
      await write(lab, 'zk1', at)
      const znodes = { [at]: 'acknowledged' }
      const watching = watchMembers(lab, stay)
      const grow = () => lab.start('up', lab.inventory)
      const why = `growth ${await killed(lab, growing, bare ? state.growth : state.again, grow)}`
      const next = { why, inventory: lab.inventory, members: voters(1, 2, 3, 4, 5), znodes }
      await expectWhole(lab, await grow().done, next)

      const shrink = () => lab.start('up', '--yes', state.back)
      const amid = shrinking === undefined ? '' : await killed(lab, shrinking, state.shrinking, shrink)
      const back = { why: `${why}; shrinking ${amid}`, inventory: state.back, members: voters(1, 2, 3), znodes }
      if (shrinking === undefined) await undisturbed(lab, 'up', '--yes', state.back)
      else await expectWhole(lab, await shrink().done, back)
      expect(await watching.end(), back.why).toBe(0)
    })

  test.each(parts.filter((_, index) => index % 2 === 0))(
    'case 22: 3 to 5 and back, by hosts that were members before, at %s of their times: those that stay serve on, the next up finishes',
    (part) => killedAt(part, part),
  )

  test(
    'case 22: 3 to 5 and back, by bare hosts or not, right after each audited step: those that stay serve on, the next up finishes',
    () => atEach(trial, pairs, ({ growing, shrinking, bare }) => killedAt(growing, shrinking, bare)),
    600_000,
  )

  test.each(parts.filter((_, index) => index % 2 === 1))(
    'case 22: 3 to 5 by bare hosts, at %s of its time: those that stay serve on, the next up finishes',
    (part) => killedAt(part, undefined, true),
  )

  test('case 23: Ctrl-C amid it: the step under way is finished, the lock released, what is left is said', () =>
    trial(async (lab, { back }) => {
      const { outcome } = await killAfter(lab, nth('call member', 1), () => lab.start('up', lab.inventory), 'SIGINT')
      expect(outcome.code, outcome.stderr).toBe(130)
      expect(outcome.stderr).toMatch(/left to do: reconfig zk4; join zk5; reconfig zk5/)
      expect(Object.values(await everywhere(lab, 'ls -d dman/run/lock 2>/dev/null || :')).join('')).toBe('')
      const up = await lab.run('up', lab.inventory)
      const why = 'the next up'
      await expectWhole(lab, up, { why, inventory: lab.inventory, members: voters(1, 2, 3, 4, 5) })
      await undisturbed(lab, 'up', '--yes', back)
    }))

  expectHits()
})
