import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { withLab } from './lab/lab.ts'
import { ended, statusOf } from './up-look.ts'

describe('bounds for years', () => {
  const lab = withLab({ hosts: 1, homeSize: '400m' })
  const on = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await lab.exec('zk1', `cd dman && { ${command}; }`)
    expect(code, stderr).toBe(0)
    return stdout
  }
  const problems = async () => (await statusOf(lab, 0)).members[0]?.problems

  test('what each start leaves: the newest few snapshots with their logs, and files of members, and nothing that a killed server unpacked', async () => {
    ended(await lab.run('up', lab.inventory), 0)
    // As old as they would be after years, below what is there.
    await on(
      `sh bin/stop; cd data; for n in 1 2 3 4 5 6 7 8 9; do
         cp version-2/snapshot.0 version-2/snapshot.$n; head -c 16 version-2/log.1???????? >version-2/log.$n; echo "server.1=old$n" >zoo.cfg.dynamic.$n; touch -d "2020-01-0$n" zoo.cfg.dynamic.$n
       done; echo x >../run/java/libsnappy.so`,
    )
    ended(await lab.run('start', lab.inventory), 0)
    const left = () => on('ls data/version-2 data run/java')
    // It purges at its start; what it writes after that stays until the next hour.
    const snapshots = async () => (await left()).match(/^snapshot\.\S+$/gm) ?? []
    await expect.poll(snapshots, { timeout: 20_000 }).not.toContain('snapshot.3')
    expect((await snapshots()).length).toBeLessThanOrEqual(6)
    // of the logs the one stays in which the oldest snapshot may begin, with all after it
    const numbers = (files: string, kind: string) => files.match(new RegExp(`(?<=^${kind}\\.)[1-9]$`, 'gm')) ?? []
    await expect
      .poll(async () => left().then((files) => [numbers(files, 'log'), numbers(files, 'snapshot')]), {
        timeout: 20_000,
      })
      .toSatisfy(([logs, kept]: string[][]) => kept?.at(-1) === '9' && kept.length <= 5 && logs?.join() === kept.join())
    const files = await left()
    expect(files).not.toContain('libsnappy.so')
    expect(files.match(/^zoo\.cfg\.dynamic\.\d$/gm)?.length).toBeLessThanOrEqual(5)
    expect(files).toContain('zoo.cfg.dynamic.9')
    const named = (await on("sed -n 's/^dynamicConfigFile=//p' data/zoo.cfg")).trim()
    expect(files).toContain(path.basename(named))
  })

  test('what Java prints is cut short under the server', async () => {
    await on(
      'yes warning | head -c 12000000 >>log/server.out; kill -9 "$(sed -n "s/^pid: //p" run/supervisor)"; sh bin/start',
    )
    const sizes = () => on('stat -c %s log/server.out log/server.out.1')
    await expect.poll(sizes, { timeout: 10_000 }).toBe('0\n1000000\n')
    await on('kill -3 "$(sed -n "s/^pid: //p" run/server)"')
    await expect.poll(() => on('head -c 200 log/server.out'), { timeout: 10_000 }).toMatch(/Full thread dump/)
  })

  test('former data: status tells of it, and up keeps the newest three', async () => {
    await on('for n in 1 2 3 4 5; do mkdir -p data/aside.170000000$n-repair/version-2; done')
    expect(await problems()).toContainEqual(expect.stringMatching(/former data is set aside 5 times.*1700000005/))
    ended(await lab.run('up', lab.inventory), 0)
    expect(await on('ls -d data/aside.*')).toBe(
      ['3', '4', '5'].map((n) => `data/aside.170000000${n}-repair\n`).join(''),
    )
    expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')
    await on('rm -r data/aside.*')
  })

  test('the audit goes on in a new file once it is large, and the newest five of the former stay', async () => {
    const state = path.join(lab.folder, '.dman', lab.name)
    await writeFile(path.join(state, 'audit.jsonl'), `{"is":"${'x'.repeat(9e6)}"}\n`)
    for (const year of [0, 1, 2, 3, 4, 5])
      await writeFile(path.join(state, `audit-202${year}0101T000000Z-00.jsonl`), '')
    ended(await lab.run('stop', lab.inventory), 0)
    expect((await readdir(state)).filter((name) => name.startsWith('audit')).sort()).toEqual([
      ...[2, 3, 4, 5].map((year) => `audit-202${year}0101T000000Z-00.jsonl`),
      expect.stringMatching(/^audit-\d{8}T\d{6}Z-[0-9a-f]+\.jsonl$/),
      'audit.jsonl',
    ])
    ended(await lab.run('start', lab.inventory), 0)
  })

  test('a disk that fills is a problem in status, with its numbers, by space and by inodes', async (context) => {
    lab.needs(context, 'namespaces')
    const before = (await problems()) ?? []
    const fills = async () => (await problems())?.filter((words) => words.startsWith('its disk fills'))
    await on('head -c 150000000 /dev/zero >tmp/filler')
    expect(await fills()).toEqual([expect.stringMatching(/^its disk fills: \d+ of 400 MiB are free$/)])
    expect(before.length).toBeLessThanOrEqual(1)
    await on('rm tmp/filler')
    const [all, used] = (await on('df --output=itotal,iused . | tail -n 1')).trim().split(/ +/).map(Number)
    const inodes = async (count = 0) =>
      ended(await lab.exec('zk1', `mount -o remount,nr_inodes=${count} /home/dman`, { root: true }), 0)
    await inodes((used ?? 0) + 900)
    const left = (words: string) => Number(/^its disk fills: (\d+) of \d+ inodes are free$/.exec(words)?.[1])
    expect((await fills())?.map((words) => left(words) > 800)).toEqual([true])
    await inodes(all)
    expect(await fills()).toEqual([])
  })
})
