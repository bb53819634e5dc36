import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { withLab } from './lab/lab.ts'
import { repository, runCommand } from './lab/run.ts'
import { ended } from './up-look.ts'

describe('the package, packed, installed elsewhere and run from anywhere', () => {
  const lab = withLab({ hosts: 1 })
  let folder = ''
  /** as a shell finds it, in another folder than the program's and the inventory's */
  const program = (...args: string[]) =>
    runCommand(['dman-bootstrap', ...args], {
      cwd: path.join(folder, 'elsewhere'),
      env: { PATH: `${path.join(folder, 'prefix/bin')}:${process.env['PATH'] ?? ''}` },
    })

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'dman package '))
    await mkdir(path.join(folder, 'elsewhere'))
    // not `npm pack` right here: it builds, and would take away the program that other tests run
    const packed = await runCommand(['npm', 'pack', '--ignore-scripts', '--pack-destination', folder], {
      cwd: repository,
    })
    expect(packed).toMatchObject({ code: 0 })
    const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? ''
    const options = ['--global', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', 'prefix']
    expect(await runCommand(['npm', 'install', ...options, tarball], { cwd: folder })).toMatchObject({ code: 0 })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('holds what is needed and nothing of the repository beside it; depends on nothing', async () => {
    const installed = path.join(folder, 'prefix/lib/node_modules/dman-bootstrap')
    const names = await readdir(installed)
    expect(names.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'inventories', 'package.json'])
    const licenses = await readFile(path.join(installed, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8')
    for (const name of ['commander', 'ssh2', 'yaml', 'zod']) expect(licenses).toMatch(new RegExp(`^${name} \\d`, 'm'))
    const examples = await readdir(path.join(installed, 'inventories'))
    expect(examples.sort()).toEqual(['five-hosts.yml', 'inventory.schema.json', 'three-hosts.yml'])
    const text = await readFile(path.join(installed, 'package.json'), 'utf8')
    expect(JSON.parse(text)).not.toHaveProperty('dependencies')
    expect((await stat(path.join(installed, 'dist/dman-bootstrap.js'))).mode & 0o111).toBe(0o111)
  })

  test('tells its version, and writes an inventory that it can read itself', async () => {
    const { version } = JSON.parse(await readFile(path.join(repository, 'package.json'), 'utf8')) as { version: string }
    expect(ended(await program('--version'), 0).stdout).toBe(`${version}\n`)
    const printed = ended(await program('init'), 0).stdout
    ended(await program('init', 'mine.yml'), 0)
    expect(await readFile(path.join(folder, 'elsewhere/mine.yml'), 'utf8')).toBe(printed)
    expect(parse(printed)).toMatchObject({ ensemble: 'dman', hosts: { zk1: { id: 1 } } })
    expect(ended(await program('init', 'mine.yml'), 3).stderr).toContain('it is there already')
    const plan = ended(await program('plan', 'mine.yml'), 3)
    expect(plan.stderr).toMatch(/^mine\.yml:\d+:\d+: .*jre-17\.tar\.gz/m)
  })

  test('brings up an ensemble of one host from another folder, by a path that has a space, a link and dots in it', async () => {
    await symlink(lab.folder, path.join(folder, 'a link'))
    const inventory = '../a link/config/../inventory.yml'
    expect(ended(await program('check', inventory), 0).stdout).toMatch(/ready/)
    expect(ended(await program('status', inventory), 1).stdout).toMatch(/no quorum/)
    expect(ended(await program('up', inventory), 0).stdout).toMatch(/healthy, 1 of 1 members serve, zk1 leads/)
    expect(ended(await program('status', inventory), 0).stdout).toMatch(/generation 1 /)
    expect(ended(await program('up', inventory), 0).stderr).toContain('nothing to do')
    expect(await readdir(path.join(folder, 'elsewhere'))).toEqual(['mine.yml'])
    expect(await readdir(lab.folder)).toContain('.dman')
  })

  test('one participant: a restart stops the service, which is asked', async () => {
    await lab.edit((inventory) => inventory.setIn(['zookeeper', 'heap'], '200m'), { name: 'inventory.yml' })
    const asked = ended(await program('up', lab.inventory), 3)
    expect(asked.stderr).toContain('the service stops while a member restarts')
    const up = ended(await program('up', lab.inventory, '--yes'), 0)
    expect(up.stderr).toMatch(/zk1: is restarted: changed: jvm/)
    await writeFile(path.join(lab.folder, 'config/greeting'), 'good day')
    expect(ended(await program('up', lab.inventory), 0).stdout).toMatch(/generation 2 /)
  })
})
