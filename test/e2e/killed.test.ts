import { beforeAll, describe, expect, test } from 'vitest'
import {
  audit,
  destroyAll,
  expectDone,
  foundingOf,
  killAfter,
  killAt,
  kindOf,
  spread,
  trials,
  type AuditLine,
} from './killed-kit.ts'
import { withLab } from './lab/lab.ts'

// DMAN_KILLS=N: N moments instead of a few, and after every kind of audited line.

describe('an operator killed amid a first up', () => {
  const lab = withLab()
  const whole = { ms: 0, lines: [] as readonly AuditLine[] }

  beforeAll(async () => {
    await lab.run('up', lab.inventory)
    await destroyAll(lab, 'before the first trial')
    const up = await lab.run('up', lab.inventory)
    await expectDone(lab, up, 'an up that nobody disturbs')
    const lines = await audit(lab)
    const { run } = lines.at(-1) ?? { run: '' }
    Object.assign(whole, { ms: up.ms, lines: lines.filter((line) => line.run === run) })
    await destroyAll(lab, 'before the first trial')
    console.log(`one up: ${Math.round(up.ms)} ms; kinds of lines: ${kinds(whole.lines).join(', ')}`)
  })

  /** After a kill: `up` on the same machine goes on at once and finishes, and continues the founding that was begun. */
  async function finishes(why: string) {
    const founding = await foundingOf(lab)
    const { length } = await audit(lab)
    const up = await lab.run('up', lab.inventory)
    await expectDone(lab, up, why)
    if (founding !== undefined) expect(await foundingOf(lab), why).toEqual({ ...founding, state: 'done' })
    const begun = (await audit(lab, length)).filter(({ is, task }) => is === 'begun' && task?.startsWith('ensemble/'))
    // whoever runs is not taken down to finish a founding
    expect(
      begun.map(({ title }) => title).filter((title) => /restart|stop|back/.test(title ?? '')),
      why,
    ).toEqual([])
    await destroyAll(lab, why)
  }

  test.each(spread(trials(8)))(
    'case 22 case 25: at %s of its time: the next up goes on at once and finishes',
    async (part) => {
      const ms = Math.round(part * whole.ms)
      const killed = await killAt(ms, lab.start('up', lab.inventory))
      await finishes(`killed after ${ms} ms (${String(killed.signal)})`)
    },
  )

  test.each(spread(trials(3)))(
    'case 22: at %s of its time: plan and status tell what there is, destroy leaves nothing',
    async (part) => {
      const ms = Math.round(part * whole.ms)
      await killAt(ms, lab.start('up', lab.inventory))
      const plan = await lab.run('plan', lab.inventory)
      expect({ code: plan.code, stderr: plan.stderr }, `killed after ${ms} ms`).toEqual({ code: 0, stderr: '' })
      expect([0, 1], `killed after ${ms} ms`).toContain((await lab.run('status', lab.inventory)).code)
      await destroyAll(lab, `killed after ${ms} ms`)
    },
  )

  test('case 22: right after each kind of audited step', async () => {
    const all = kinds(whole.lines)
    expect(all).toEqual(expect.arrayContaining(steps))
    for (const kind of process.env['DMAN_KILLS'] === undefined ? steps : all) {
      const { line } = await killAfter(
        lab,
        (line) => kindOf(line) === kind,
        () => lab.start('up', lab.inventory),
      )
      expect(line, kind).toBeDefined()
      await finishes(`killed after ${kind}`)
    }
  }, 1_800_000)
})

/** Each kind of call that changes a host. */
const steps = ['call lay', 'call send', 'call unpack', 'call member', 'call served']
const kinds = (lines: readonly AuditLine[]): readonly string[] => [...new Set(lines.map(kindOf))]
