import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Kazoo, kazoo, zkShell } from './kazoo.ts'
import { withLab } from './lab/lab.ts'
import { runCommand } from './lab/run.ts'
import { passwords } from './readers-kit.ts'
import { ended, server } from './up-look.ts'

const script = path.join(import.meta.dirname, 'tree-export.py')

describe('a tree is compared, planned, taken out and brought back', () => {
  const lab = withLab({ hosts: 1 })
  const at = '/dman/config'
  const inFolder = (name: string) => path.join(lab.folder, name)
  const tree = (command: string, ...more: string[]) => lab.run('tree', command, lab.inventory, 'app', ...more)
  const put = async (name: string, data: string | Buffer) => {
    await mkdir(path.dirname(inFolder(`config/${name}`)), { recursive: true })
    await writeFile(inFolder(`config/${name}`), data)
  }
  const empty = async () => {
    await rm(inFolder('config'), { recursive: true })
    await mkdir(inFolder('config'))
  }
  const json = async (name: string) => JSON.parse(await readFile(inFolder(name), 'utf8')) as Record<string, unknown>
  let by: Kazoo
  let password: string

  const python = () => ({ PYTHONPATH: by.folder, PYTHONDONTWRITEBYTECODE: '1' })
  async function asDman(...args: string[]): Promise<string> {
    const asked = { env: python(), input: `${password}\n` }
    return ended(await runCommand([by.python, script, server(lab), ...args], asked), 0).stdout
  }
  /** bytes and ACLs of all znodes, as kazoo sees them in the identity dman */
  const everything = async () => JSON.parse(await asDman('read', at)) as Record<string, [string | null, string[]]>
  const values = async () =>
    Object.fromEntries(Object.entries(await everything()).map(([name, [data]]) => [name, data ?? '']))

  beforeAll(async () => {
    const found = await kazoo('3', '2.11.0')
    if ('why' in found) throw new Error(`no kazoo to read with: ${found.why}`)
    by = found
    await empty()
    await put('.znode', 'of the top')
    await put('a b/ü/日本', 'names')
    await put('bytes', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)))
    await put('empty', '')
    await put('with/.znode', 'a folder’s own')
    await put('with/child', 'line\n')
    await put('password', 'never-shown-1')
    await lab.edit((inventory) => inventory.setIn(['trees', 'app', 'secret'], ['password']), { name: 'inventory.yml' })
    ended(await lab.run('up', lab.inventory), 0)
    password = (await passwords(lab))['dman'] ?? ''
  })

  test('a folder has the znodes’ bytes, and none that was changed comes back as it was not', async () => {
    const before = await everything()
    ended(await tree('export', '--out', inFolder('folder')), 0)
    const files = await readdir(inFolder('folder'), { recursive: true, withFileTypes: true })
    for (const entry of files.filter((one) => one.isFile()))
      expect((await stat(path.join(entry.parentPath, entry.name))).mode & 0o777).toBe(0o600)
    await put('bytes', 'changed')
    await rm(inFolder('config/with'), { recursive: true })
    ended(await lab.run('seed', lab.inventory, '--allow-shrink'), 0)
    expect(await everything()).not.toEqual(before)
    ended(await tree('import', inFolder('folder'), '-m', 'back again'), 0)
    expect(await everything()).toEqual(before)
    expect(ended(await tree('import', inFolder('folder')), 0).stdout).toContain('nothing to do')
    await put('with/.znode', 'a folder’s own')
    await put('with/child', 'line\n')
    ended(await lab.run('seed', lab.inventory), 0)
  })

  test('diff shows text, sizes of bytes, who else changed something; no secret, and nothing that moves a terminal', async () => {
    await asDman('set', `${at}/with/child`, 'by hand\n')
    await put('password', 'never-shown-2')
    await put('bytes', '\u001b[2J\u0007')
    const told = ended(await tree('diff', '--detailed-exitcode', '--verbose'), 2)
    for (const text of ['-by hand\n', '+line\n', 'someone else changed it since it was applied', '+5 bytes, sha256 '])
      expect(told.stdout).toContain(text)
    expect(told.stdout).toContain('‹secret›')
    const all = told.stdout + told.stderr + ended(await tree('diff', '--json'), 0).stdout
    expect(all).not.toContain('never-shown')
    expect(stripVTControlCharacters(all)).toBe(all)
    ended(await lab.run('seed', lab.inventory), 0)
    expect(ended(await tree('diff', '--detailed-exitcode'), 0).stdout).toContain('nothing to do')
  })

  test('case 31: a saved plan is done as it was saved, or, once someone else wrote, not at all', async () => {
    await put('with/child', 'planned\n')
    const plan = inFolder('plan.json')
    const seed = (...more: string[]) => lab.run('seed', lab.inventory, ...more)
    expect(ended(await seed('--out', plan), 0).stdout).toContain(`set ${at}/with/child`)
    expect((await stat(plan)).mode & 0o777).toBe(0o600)
    const before = await everything()
    await asDman('set', `${at}/with/child`, 'by hand\n')
    const stale = ended(await seed('--plan', plan), 5)
    expect(stale.stderr).toContain(`${at}/with/child was written meanwhile`)
    await asDman('set', `${at}/empty`, 'by hand, too')
    expect(ended(await seed('--plan', plan), 5).stderr).toContain(`not planned then: set ${at}/empty`)
    ended(await seed('--out', plan), 3)
    await rm(plan)
    ended(await seed('--out', plan, '-m', 'unused'), 0)
    ended(await seed('--plan', plan, '--dry-run'), 0)
    expect(await values()).toMatchObject({ [`${at}/empty`]: Buffer.from('by hand, too').toString('base64') })
    ended(await seed('--plan', plan, '-m', 'as it was reviewed'), 0)
    expect(await values()).toEqual({
      ...Object.fromEntries(Object.entries(before).map(([name, [data]]) => [name, data ?? ''])),
      [`${at}/with/child`]: Buffer.from('planned\n').toString('base64'),
    })
  })

  test('case 31: of two writers at once one wins, the other is told who, and plans anew', async () => {
    const writers = ['ann', 'bob']
    const inventories = await Promise.all(
      writers.map(async (name) => {
        await mkdir(inFolder(name))
        await writeFile(inFolder(`${name}/child`), name)
        return lab.edit((inventory) => inventory.setIn(['trees', 'app', 'from'], ['./config', `./${name}`]))
      }),
    )
    for (const [index, inventory] of inventories.entries())
      ended(await lab.run('seed', inventory, '--out', inFolder(`${writers[index]}.json`)), 0)
    const ends = await Promise.all(
      inventories.map((inventory, index) =>
        lab.runWith(
          { env: { SUDO_USER: writers[index] } },
          'seed',
          inventory,
          '--plan',
          inFolder(`${writers[index]}.json`),
        ),
      ),
    )
    const won = ends.findIndex(({ code }) => code === 0)
    const lost = 1 - won
    expect(ends.map(({ code }) => code === 0)).toEqual([won === 0, won === 1])
    const wins = (index: number) => ({ [`${at}/child`]: Buffer.from(writers[index] ?? '').toString('base64') })
    expect(await values()).toMatchObject(wins(won))
    expect(ends[lost]?.stderr).toMatch(new RegExp(`generation \\d+ by ${writers[won]}@\\S+ at \\S+Z `))
    ended(await lab.run('seed', inventories[lost] ?? ''), 0)
    expect(await values()).toMatchObject(wins(lost))
    ended(await lab.run('seed', lab.inventory), 0)
  })

  test('JSON brings all back to an ensemble of nothing, ours or not, with ACLs; a name that no file can have is told', async () => {
    const other = spawn(by.python, [script, server(lab), 'hold', at], { env: { ...process.env, ...python() } })
    try {
      other.stdin.write(`${password}\n`)
      await once(other.stdout, 'data')
      const exported = ended(await tree('export', '--out', inFolder('all.json')), 0)
      expect(exported.stderr).toContain(`${at}/session (ephemeral)`)
      const refused = ended(await tree('export', '--out', inFolder('impossible')), 3)
      expect(refused.stderr).toContain(`${at}/theirs/.znode`)
      expect(refused.stderr).toContain('.json')
    } finally {
      other.stdin.end()
    }
    expect((await readdir(lab.folder)).filter((name) => name.includes('impossible'))).toEqual([])
    expect((await stat(inFolder('all.json'))).mode & 0o777).toBe(0o600)
    const before = await everything()
    expect(Object.keys(await json('all.json')).sort()).toEqual(Object.keys(before).sort())
    expect(ended(await tree('export', '--out', '-', '--quiet'), 0).stdout).toBe(
      await readFile(inFolder('all.json'), 'utf8'),
    )
    ended(await lab.run('destroy', lab.inventory, '--data', '--yes'), 0)
    await empty()
    ended(await lab.run('up', lab.inventory), 0)
    expect((await passwords(lab))['dman']).toBe(password)
    ended(await tree('import', inFolder('all.json'), '-m', 'after the fire'), 0)
    expect(await everything()).toEqual(before)
    expect(ended(await tree('import', inFolder('all.json')), 0).stdout).toContain('nothing to do')
  })

  test('zk-shell writes the same JSON, and reads ours', async (context) => {
    const shell = await zkShell()
    if ('why' in shell) {
      context.skip(shell.why)
      return
    }
    const zk = async (command: string) => {
      const run = ['-c', 'from zk_shell.cli import CLI; CLI()()', '--sync-connect', '--run-once', command, server(lab)]
      return ended(await runCommand([shell.python, ...run], { env: { ...python(), PYTHONPATH: shell.folder } }), 0)
    }
    const url = (to: string) => `zk://digest:dman:${password}@${server(lab)}${to}`
    const file = (name: string) => `json://${inFolder(name).replaceAll('/', '!')}`
    await rm(inFolder('all.json'), { force: true })
    ended(await tree('export', '--out', inFolder('all.json')), 0)
    await zk(`cp ${url(at)} ${file('theirs.json')}${at} recursive=true overwrite=true`)
    expect(await json('theirs.json')).toEqual(await json('all.json'))
    await chmod(inFolder('theirs.json'), 0o600)
    expect(ended(await tree('import', inFolder('theirs.json')), 0).stdout).toContain('nothing to do')
    const text = await readFile(inFolder('all.json'), 'utf8')
    await writeFile(inFolder('copy.json'), text.replaceAll(`"${at}`, '"/copy'))
    await zk(`cp ${file('copy.json')}/copy ${url('/copy')} recursive=true overwrite=true`)
    const copied = JSON.parse(await asDman('read', '/copy')) as Record<string, unknown>
    const wanted = Object.entries(await everything()).map(([name, seen]) => [name.replace(at, '/copy'), seen])
    expect(copied).toEqual(Object.fromEntries(wanted))
  })
})
