import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { everywhere, expectNothingToDo } from './killed-kit.ts'
import { withLab } from './lab/lab.ts'
import { rollOrder } from './roll-watch.ts'
import { ended, statusOf } from './up-look.ts'
import { eachUnderWriter } from './writer.ts'
import { read } from './znodes.ts'

describe('a member whose data is corrupt is repaired, under a client that writes all the time and loses nothing', () => {
  const lab = withLab()
  const exec = async (host: string, command: string) => {
    const { code, stdout, stderr } = await lab.exec(host, command)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout.trim()
  }
  /** ZooKeeper refuses to start with that */
  const garble = (host: string) =>
    exec(host, 'for f in dman/data/version-2/log.*; do printf garbage! | dd of="$f" conv=notrunc 2>/dev/null; done')
  /** what it did on hosts, and what is to be there afterwards */
  const repaired = async (host: string) => {
    const of = lab.hosts.map(({ name }) => name).filter((name) => name !== host)
    const others = () => everywhere(lab, 'grep ^nonce dman/run/server', of)
    const before = await others()
    const repair = ended(await lab.run('repair', lab.inventory, host, '--yes'), 0)
    expect(repair.stdout).toMatch(/healthy, 3 of 3 members serve/)
    expect(repair.stderr).toContain(`${host}: waits for ${host} to serve`)
    expect(await others()).toEqual(before)
    expect(await exec(host, 'head -c 8 "$(ls -d dman/data/aside.*-repair/log.* | tail -n 1)"')).toBe('garbage!')
    expect(await exec(host, 'ls dman/data dman/run')).not.toMatch(/^(initialize|failing)$/m)
    expect(await read(lab, host, '/dman/config/greeting')).toBe('hello')
    await expectNothingToDo(lab, `${host} is repaired`)
    return repair
  }

  let order: readonly string[] = []
  beforeAll(async () => {
    ended(await lab.run('up', lab.inventory), 0)
  })
  beforeEach(async () => {
    order = await rollOrder(lab)
  })
  eachUnderWriter(lab, 'repair')

  test('case 20: one that cannot start any more, again and again', async () => {
    const [host = ''] = order
    await garble(host)
    await exec(host, "kill -9 $(sed -n 's/^pid: //p' dman/run/server)")
    const problems = async () =>
      (await statusOf(lab, 1)).members.find((member) => member.host === host)?.problems.join('; ')
    await expect.poll(problems, { timeout: 20_000 }).toMatch(/starts in a row came to nothing/)
    expect(ended(await lab.run('repair', lab.inventory, host), 3).stderr).toContain('sets its data aside')
    expect((await repaired(host)).stdout).toContain('writes: no restart took the leader or a majority away')
  })

  test('one that still serves, and leads', async () => {
    const host = order.at(-1) ?? ''
    await garble(host)
    expect((await repaired(host)).stdout).toMatch(
      new RegExp(`writes: impossible for at most .* s, while ${host} was restarted`),
    )
  })
})
