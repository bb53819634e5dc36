import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type AuditLine, destroyAll, expectDone, foundingOf, killAfter, kindOf } from './killed-kit.ts'
import { type TestLab, withLab } from './lab/lab.ts'
import { expectKept, write } from './znodes.ts'

// What a founding leaves that was cut short: each state can come of an operator killed, a host that lost power, or a full disk.

/** As .dman has it while nobody was seen serving yet. */
async function recordAsBegun(lab: TestLab) {
  const { ensemble } = parse(await readFile(lab.inventory, 'utf8')) as { ensemble: string }
  const file = path.join(lab.folder, '.dman', ensemble, 'founding.json')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace('"done"', '"begun"'))
  expect(await foundingOf(lab)).toMatchObject({ state: 'begun' })
}

describe('a founding that was cut short', () => {
  const lab = withLab()
  const stop = async () => expect(await lab.run('stop', lab.inventory)).toMatchObject({ code: 0 })

  test('case 22: keeps its id, and what was written before the next run came', async () => {
    const begun = new Set<string | undefined>()
    const isLast = (line: AuditLine) => kindOf(line) === 'call member' && begun.add(line.host).size === lab.hosts.length
    const { line } = await killAfter(lab, isLast, () => lab.start('up', lab.inventory))
    expect(line).toBeDefined()
    const founding = await foundingOf(lab)
    expect(founding).toMatchObject({ state: 'begun' })
    await expect
      .poll(() => write(lab, 'zk1', '/written').then(() => 'written', String), { timeout: 60_000 })
      .toBe('written')
    await expectDone(lab, await lab.run('up', lab.inventory), 'killed amid the founding')
    expect(await foundingOf(lab)).toEqual({ ...founding, state: 'done' })
    for (const { name } of lab.hosts) await expectKept(lab, name, '/written')
  })

  test('case 22: a host that it never reached joins the others, with their data', async () => {
    await stop()
    await lab.exec('zk3', 'cd dman && rm -rf data run/served run/server current')
    await recordAsBegun(lab)
    await expectDone(lab, await lab.run('up', lab.inventory), 'zk3 was never reached')
    await expectKept(lab, 'zk3', '/written')
    expect(await foundingOf(lab)).toMatchObject({ state: 'done' })
  })

  test('case 22: a host that it reached by its stamp alone joins the others, with their data', async () => {
    await stop()
    await lab.exec(
      'zk3',
      'cd dman && mv data/stamp . && rm -rf data run/served run/server current && mkdir data && mv stamp data',
    )
    await recordAsBegun(lab)
    await expectDone(lab, await lab.run('up', lab.inventory), 'zk3 has a stamp and nothing else')
    await expectKept(lab, 'zk3', '/written')
  })

  test('case 22: a majority of hosts that it reached by their stamps alone are completed, and found it with the id begun', async () => {
    await stop()
    const founding = await foundingOf(lab)
    for (const host of ['zk1', 'zk2', 'zk3'])
      await lab.exec(
        host,
        'cd dman && mv data/stamp . && rm -rf data run/served run/server && mkdir data && mv stamp data',
      )
    await lab.exec('zk2', 'rm -rf dman/data')
    await recordAsBegun(lab)
    await expectDone(lab, await lab.run('up', lab.inventory), 'only stamps')
    expect(await foundingOf(lab)).toEqual(founding)
    await destroyAll(lab, 'at the end')
  })
})
