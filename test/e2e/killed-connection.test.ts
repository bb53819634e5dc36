import { afterEach, describe, expect, test } from 'vitest'
import { audit, audited, type AuditLine, everywhere, expectDone, expectSamples, watchMembers } from './killed-kit.ts'
import { withLab } from './lab/lab.ts'
import type { Outcome } from './lab/run.ts'

const lab = withLab()

/** Sends a signal to the sshd processes of our login. */
const toLogins = (signal: 'KILL' | 'STOP' | 'CONT'): string =>
  `for p in /proc/[0-9]*; do
     line=; read -r line <$p/cmdline; case $line in 'sshd: dman'*) kill -${signal} "$(basename $p)" ;; esac
   done 2>/dev/null; true`

/** Runs `work`, and ends the sshd processes of our login as soon as `when` holds on the host, as a connection that breaks does. */
async function hungUp(host: string, when: string, work: () => Promise<Outcome>): Promise<Outcome> {
  const watched = lab.exec(
    host,
    `cd /home/dman/dman && touch ../watched && until ${when}; do sleep 0.01; done; ${toLogins('KILL')}`,
    { root: true },
  )
  await lab.exec(host, 'until [ -e watched ]; do sleep 0.01; done; rm -f watched')
  const [outcome] = await Promise.all([work(), watched])
  return outcome
}
const uploads = '[ -s "$(ls tmp/java-* 2>/dev/null)" ]'
const whole = 'for r in releases/*; do [ ! -e $r/release ] && [ ! -d $r/lib ] && [ ! -f $r/format ] && echo $r; done'

/** Settings that no member runs yet, also where a story is tried again. */
let heap = 256
const otherHeap = () => lab.edit((inventory) => inventory.setIn(['zookeeper', 'heap'], `${++heap}m`))

describe('a connection that drops', () => {
  afterEach(() => (lab.kind === 'namespaces' ? lab.heal('zk2') : undefined))
  const isRestarting = ({ is, title = '' }: AuditLine) => is === 'begun' && title.includes('is restarted')

  test('case 5: amid an upload: no release is half there, nothing is founded, the next run finishes', async (context) => {
    lab.needs(context, 'namespaces')
    await lab.exec('zk2', 'mkdir -p dman')
    const up = await hungUp('zk2', uploads, () => lab.run('up', lab.inventory))
    expect({ code: up.code, stderr: up.stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/zk2.*\n.*connection lost/) as string,
    })
    await expectSamples(lab, ['closed', 'closed', 'closed'])
    expect((await lab.exec('zk2', `cd dman; ${whole}; ls releases | grep java`)).stdout).toBe('')
    await expectDone(lab, await lab.run('up', lab.inventory), 'after a dropped upload')
    expect((await lab.run('destroy', '--data', '--yes', lab.inventory)).code).toBe(0)
  })

  test('case 5: without a word amid an upload: given up after its time; what still waits there is ended, what is staged swept', async (context) => {
    lab.needs(context, 'namespaces')
    await lab.run('destroy', '--data', '--yes', lab.inventory)
    await lab.exec('zk2', 'mkdir -p dman')
    const run = lab.start('up', '--timeout', '5', lab.inventory)
    // Held until the link is down: it would be through by then.
    const begun = `cd /home/dman/dman && until ${uploads}; do sleep 0.01; done`
    await lab.exec('zk2', `${begun}; ${toLogins('STOP')}`, { root: true })
    await lab.cut('zk2')
    await lab.exec('zk2', toLogins('CONT'), { root: true })
    const up = await run.done
    expect({ code: up.code, stderr: up.stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('zk2') as string,
    })
    expect((await lab.exec('zk2', `cd dman; ${whole}; ls run | grep -c changing.send`)).stdout).toMatch(/^[12]\n$/)
    await lab.heal('zk2')
    await expectDone(lab, await lab.run('up', lab.inventory), 'after a silent upload')
  })

  test('case 6: amid the restart of a member: it is observed again, not assumed; nobody else is taken down; the next run finishes', async (context) => {
    lab.needs(context, 'namespaces')
    const inventory = await otherHeap()
    const watching = watchMembers(lab)
    const others = () => everywhere(lab, 'grep ^nonce dman/run/server', ['zk2', 'zk3'])
    const before = await others()
    const isChanging = '[ -e "$(ls run/changing.member.* 2>/dev/null)" ]'
    const up = await hungUp('zk1', isChanging, () => lab.run('up', inventory))
    expect({ code: up.code, stderr: up.stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('zk1') as string,
    })
    expect(await others()).toEqual(before)
    const again = await lab.run('up', inventory)
    expect(await watching.end()).toBe(1)
    await expectDone(lab, again, 'after a dropped restart', inventory)
  })

  test('case 22: a host that loses power amid its restart is the only one down; the next run finishes', async (context) => {
    lab.needs(context, 'namespaces')
    const inventory = await otherHeap()
    const run = lab.start('up', inventory)
    const line = await audited(lab, (await audit(lab)).length, isRestarting, AbortSignal.timeout(20_000))
    const host = line?.host ?? ''
    const of = lab.hosts.map(({ name }) => name).filter((name) => name !== host)
    const others = () => everywhere(lab, 'grep ^nonce dman/run/server', of)
    const before = await others()
    await lab.reboot(host)
    const up = await run.done
    expect({ code: up.code, stderr: up.stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(host) as string,
    })
    expect(await others()).toEqual(before)
    await expectDone(lab, await lab.run('up', inventory), `${host} lost power`, inventory)
  })
})
