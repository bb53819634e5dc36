import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Document } from 'yaml'
import { Secret } from '../../src/model/secret.ts'
import { kazoo } from './kazoo.ts'
import { type AuditLine, expectNothingToDo, foundingOf, killAfter, kindOf } from './killed-kit.ts'
import { withLab } from './lab/lab.ts'
import { expectHidden, expectUnseen, type Secrets, secretsFileOf, secretsOf, watchProcesses } from './secret-search.ts'
import { ended, onAll, statusOf } from './up-look.ts'
import { underWriter } from './writer.ts'
import { sessionOf } from './znodes.ts'

const passphrase = new Secret('correct horse')
type Passwords = Readonly<Record<'super' | 'dman' | 'web', string>>

describe('new passwords on a running ensemble of three', () => {
  const lab = withLab()
  const rotate = () => lab.start('secrets', 'rotate', lab.inventory)
  const file = () => path.join(lab.folder, '.dman', lab.name, 'secrets.json')
  const known = () => secretsFileOf<keyof Passwords>(lab)
  /** from there on to its end the test's secrets.json is protected, and whoever runs the program gives the passphrase */
  const protectFile = async () => {
    process.env['DMAN_SECRETS_PASSPHRASE'] = passphrase.reveal()
    onTestFinished(async () => {
      const opened = await lab.run('secrets', 'protect', '--remove', lab.inventory)
      delete process.env['DMAN_SECRETS_PASSPHRASE']
      ended(opened, 0)
    })
    ended(await lab.run('secrets', 'protect', lab.inventory), 0)
  }
  const isProtected = async () => {
    const text = await readFile(file(), 'utf8')
    for (const password of Object.values((await known()).passwords)) expect(text).not.toContain(password)
    return text.includes('"sealed"')
  }
  /** whether who says so may read what dman alone may: former bytes and names of ACLs, and a znode of a tree */
  const mayRead = async (host: string, user: keyof Passwords, password: string) => {
    const auth = [{ scheme: 'digest', auth: new Secret(`${user}:${password}`) }]
    const session = await sessionOf(lab, host, auth)
    try {
      for (const at of ['/dman/meta/hidden/acls', '/hidden/x']) await session.children(at)
      const found = await session.get('/hidden/x')
      return found?.data.toString() === 'only for dman\n'
    } catch (error) {
      expect(error).toMatchObject({ code: 'NO_AUTH' })
      return false
    } finally {
      await session.close()
    }
  }
  const webReads = async (password: string) => {
    const session = await sessionOf(lab, 'zk1', [{ scheme: 'digest', auth: new Secret(`web:${password}`) }])
    const reading = session.get('/hidden/y').then(
      () => true,
      () => false,
    )
    return reading.finally(() => session.close())
  }
  const who = async ({ passwords }: { passwords: Passwords }) => {
    const users = ['super', 'dman'] as const
    const asked = lab.hosts.flatMap(({ name }) => users.map((user) => mayRead(name, user, passwords[user])))
    return [...new Set(await Promise.all(asked))]
  }
  const expectRotated = async (before: Awaited<ReturnType<typeof known>>) => {
    const now = await known()
    expect(now.former).toBeUndefined()
    expect(now.passwords.web).toBe(before.passwords.web)
    expect(await webReads(now.passwords.web)).toBe(true)
    expect(await who(now)).toEqual([true])
    expect(await who(before)).toEqual([false])
    await expectNothingToDo(lab, 'rotated')
    expect((await statusOf(lab, 0, '--drift')).trees).toMatchObject([{ drift: false }, { drift: false }])
    return now
  }
  /** neither those of before nor those of now were to be seen, in these processes or anywhere else */
  const expectSecret = async (before: Secrets, processes: string) => {
    expect(processes).toContain(lab.inventory)
    for (const secrets of [before, await secretsOf(lab)]) expectUnseen(secrets, { 'a process': processes })
    await expectHidden(lab, before)
  }
  /** the rotation is begun, killed, and finished by that command; nobody is told that it may be written meanwhile */
  const killedAt = async (fits: (line: AuditLine) => boolean, finish: readonly string[]) => {
    const before = await known()
    const { line, outcome } = await killAfter(lab, fits, rotate)
    expect(line, `${outcome.stdout}${outcome.stderr}`).toBeDefined()
    const amid = await known()
    expect(amid.former).toMatchObject({ dman: before.passwords.dman })
    ended(await lab.run('seed', lab.inventory), 5)
    ended(await lab.run(...finish, lab.inventory), 0)
    expect((await expectRotated(before)).passwords).toEqual(amid.passwords)
  }

  beforeAll(async () => {
    await mkdir(path.join(lab.folder, 'hidden'))
    await writeFile(path.join(lab.folder, 'hidden', 'x'), 'only for dman\n')
    const hidden = {
      path: '/hidden',
      from: './hidden',
      acl: ['digest:dman:cdrwa'],
      acls: { y: ['digest:dman:cdrwa', 'digest:web:r'] },
    }
    await writeFile(path.join(lab.folder, 'hidden', 'y'), 'for web\n')
    const changed = (inventory: Document) => inventory.setIn(['trees', 'hidden'], hidden)
    await lab.edit(changed, { name: 'inventory.yml' })
    ended(await lab.run('up', lab.inventory), 0)
  })

  test('a client that writes loses nothing; the former passwords are refused everywhere, and nothing is left to do', async (context) => {
    const reader = await kazoo('3', '2.11.0')
    if ('why' in reader) return context.skip(reader.why)
    const [before, secretsBefore] = [await known(), await secretsOf(lab)]
    ended(await lab.run('secrets', 'rotate', '--hosts', 'zk1', lab.inventory), 3)
    const dry = ended(await lab.run('secrets', 'rotate', '--dry-run', lab.inventory), 0)
    expect(dry.stdout).toContain('change the passwords of super and dman')
    expect(await known()).toEqual(before)
    const former = await readFile(file())
    await underWriter(lab, reader, 'rotated', async () => {
      const watching = await watchProcesses()
      ended(await rotate().done, 0)
      await expectSecret(secretsBefore, await watching.end())
    })
    await expectRotated(before)
    const now = await readFile(file())
    await writeFile(file(), former)
    for (const command of [['up'], ['secrets', 'rotate']])
      expect(ended(await lab.run(...command, lab.inventory), 5).stderr).toContain('copy from before')
    expect(await readFile(file())).toEqual(former)
    await writeFile(file(), now)
    await expectNothingToDo(lab, 'with the new copy')
  })

  test('up with a copy from before, which waited for the lock meanwhile, neither saves nor rolls back anything', async () => {
    const former = await readFile(file())
    const folder = await mkdtemp(path.join(tmpdir(), 'dman-copy-'))
    try {
      await cp(path.join(lab.folder, '.dman'), path.join(folder, '.dman'), { recursive: true })
      const changed = (inventory: Document) => {
        inventory.setIn(['zookeeper', 'heap'], '300m')
        inventory.setIn(['trees', 'hidden', 'from'], path.join(lab.folder, 'hidden'))
      }
      const copy = await lab.edit(changed, { folder })
      const rotating = rotate()
      await expect.poll(async () => (await known()).former, { timeout: 20_000 }).toBeDefined()
      const behind = await lab.run('up', '--lock-wait', '60', copy)
      ended(await rotating.done, 0)
      expect(ended(behind, 5).stderr).toContain('copy from before')
      expect(behind.stderr).toContain('held by')
      expect(await readFile(path.join(folder, '.dman', lab.name, 'secrets.json'))).toEqual(former)
      await expectNothingToDo(lab, 'after the copy')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('case 22: killed as the first member has restarted, secrets rotate finishes it, all of it by a protected file', async () => {
    await protectFile()
    const without = { env: { DMAN_SECRETS_PASSPHRASE: undefined } }
    const nobody = ended(await lab.runWith(without, 'secrets', 'rotate', lab.inventory), 3)
    expect(nobody.stderr).toContain('DMAN_SECRETS_PASSPHRASE')
    await killedAt((line) => kindOf(line) === 'call member', ['secrets', 'rotate'])
    expect(await isProtected()).toBe(true)
  })

  test('case 22: killed amid the ACLs, up finishes it, and the file stays protected', async () => {
    await protectFile()
    await killedAt((line) => kindOf(line) === 'begun passwords', ['up'])
    expect(await isProtected()).toBe(true)
    ended(await lab.run('secrets', 'protect', '--remove', lab.inventory), 0)
    expect(await readFile(file(), 'utf8')).not.toContain('"sealed"')
  })

  test('where nobody serves, it is not begun', async () => {
    const before = await known()
    ended(await lab.run('stop', lab.inventory), 0)
    expect(ended(await lab.run('secrets', 'rotate', lab.inventory), 5).stderr).toContain('no member serves')
    expect(await known()).toEqual(before)
    ended(await lab.run('start', lab.inventory), 0)
  })

  test('case 33: without .dman the ensemble is seen, up refuses, and secrets recover brings all of it back under a client that writes', async (context) => {
    const reader = await kazoo('3', '2.11.0')
    if ('why' in reader) return context.skip(reader.why)
    expect(ended(await lab.run('secrets', 'recover', lab.inventory, '--yes'), 5).stderr).toContain('nothing is lost')
    const [before, secretsBefore] = [await known(), await secretsOf(lab)]
    const founding = await foundingOf(lab)
    const ca = await readFile(path.join(lab.folder, '.dman', lab.name, 'ca.pem'), 'utf8')
    await rm(path.join(lab.folder, '.dman'), { recursive: true })

    await statusOf(lab, 0)
    ended(await lab.run('check', lab.inventory), 0)
    expect(ended(await lab.run('up', lab.inventory), 5).stderr).toContain('`secrets recover`')
    ended(await lab.run('secrets', 'rotate', lab.inventory), 5)
    const dry = ended(await lab.run('secrets', 'recover', '--dry-run', lab.inventory), 0)
    expect(dry.stdout).toContain('the password of super')
    ended(await lab.run('secrets', 'recover', lab.inventory), 3)
    await expect(known()).rejects.toMatchObject({ code: 'ENOENT' })

    await underWriter(lab, reader, 'recovered', async () => {
      const watching = await watchProcesses()
      const recover = () => lab.start('secrets', 'recover', '--yes', lab.inventory)
      const { line, outcome } = await killAfter(lab, (each) => kindOf(each) === 'call member', recover)
      expect(line, `${outcome.stdout}${outcome.stderr}`).toBeDefined()
      // what is left of it is done by a protected file
      await protectFile()
      const { stdout, stderr } = ended(await recover().done, 0)
      expect(stdout + stderr).toContain('programs that have it go on: the password of web')
      await expectSecret(secretsBefore, await watching.end())
    })
    expect(await isProtected()).toBe(true)
    const now = await known()
    expect(now.former).toBeUndefined()
    expect(await who(now)).toEqual([true])
    expect(await who(before)).toEqual([false])
    expect((await foundingOf(lab))?.id).toBe(founding?.id)
    expect(now.passwords).not.toHaveProperty('web')
    expect(await webReads(before.passwords.web)).toBe(true)
    expect(ended(await lab.run('client', '--identity', 'web', lab.inventory), 5).stderr).toContain('go on')
    const own = await readFile(path.join(lab.folder, '.dman', lab.name, 'ca.pem'), 'utf8')
    expect(own).not.toBe(ca)
    expect(await onAll(lab, 'cat dman/current/trust.pem')).toEqual([own, own, own])
    ended(await lab.run('up', lab.inventory), 0)
    await expectNothingToDo(lab, 'recovered')
    expect((await statusOf(lab, 0, '--drift')).trees).toMatchObject([{ drift: false }, { drift: false }])
  })

  test('case 33: with one of three dead, secrets recover lets it leave once the others know the new passwords', async (context) => {
    lab.needs(context, 'namespaces')
    await lab.off('zk3')
    await rm(path.join(lab.folder, '.dman'), { recursive: true })
    ended(await lab.run('secrets', 'recover', '--yes', lab.inventory), 4)
    await lab.edit((inventory) => inventory.setIn(['hosts', 'zk3', 'role'], 'absent'), { name: 'inventory.yml' })
    const { stdout, stderr } = ended(await lab.run('secrets', 'recover', '--yes', lab.inventory), 0)
    expect(stdout + stderr).toContain('it leaves')
    const now = await known()
    expect(now.former).toBeUndefined()
    const { members } = await statusOf(lab, 0, '--drift')
    expect(members.filter(({ state }) => ['leader', 'follower'].includes(state)).map(({ host }) => host)).toEqual([
      'zk1',
      'zk2',
    ])
    for (const host of ['zk1', 'zk2']) expect(await mayRead(host, 'super', now.passwords.super)).toBe(true)
    await expectNothingToDo(lab, 'without zk3')
  })
})
