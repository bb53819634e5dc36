import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ZooKeeper } from '../../src/zookeeper/zookeeper.ts'
import { withLab } from './lab/lab.ts'
import { repository, runCommand } from './lab/run.ts'
import { listen, passwords, readers, runJava, runner, writerOf } from './readers-kit.ts'
import { ended } from './up-look.ts'

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1] ?? Infinity

interface Whole {
  readonly generation: number
  readonly znodes: Readonly<Record<string, string>>
}

const names = Array.from({ length: 10 }, (_, index) => `k${index}`)
/** Each generation has its number in all ten znodes. */
const all = (value: string) => Object.fromEntries(names.map((name) => [name, value]))

describe('programs that read a tree', () => {
  const lab = withLab()
  const connect = () => lab.hosts.map(({ address }) => `${address}:2180`).join(',')

  beforeAll(async () => {
    const inventory = await lab.edit(
      (document) => document.setIn(['trees', 'app', 'acl'], ['digest:dman:cdrwa', 'digest:reader:r']),
      { name: 'inventory.yml' },
    )
    ended(await lab.run('up', inventory), 0)
  })

  /** A tree that only the identity `reader` may read, and a reader of examples/ at it. */
  async function following(name: string, { command, env }: { command: string[]; env: Record<string, string> }) {
    const writer = writerOf(lab, name, ['digest:dman:cdrwa', 'digest:reader:r'])
    const identity = `reader:${(await passwords(lab))['reader']}`
    const reader = listen<Whole>([...command, connect(), name], { ...env, ZK_AUTH: identity })
    const until = (last: string) => {
      const got = () => Object.values(reader.lines.at(-1)?.told.znodes ?? {}).at(-1)
      return expect.poll(got, { timeout: 20_000, message: reader.errors() }).toBe(last)
    }
    return { writer, reader, until }
  }

  /** The session of a run that ends once its first transaction that writes to the tree is done. */
  async function dying({ at, open }: ReturnType<typeof writerOf>): Promise<ZooKeeper> {
    const zk = await open()
    let count = 0
    const multi: ZooKeeper['multi'] = async (operations) => {
      const writes = operations.some(({ path: one }) => one.startsWith(at))
      if (writes && ++count > 1) throw new Error('died')
      return zk.multi(operations)
    }
    return { ...zk, multi }
  }

  /** All ten values of every generation that was told, once each is the same as the others. */
  function wholes(lines: readonly { told: Whole }[], at: string): string[] {
    return lines.map(({ told }) => {
      const { [at]: own, ...znodes } = told.znodes
      expect(own).toBe('')
      expect(Object.keys(znodes).sort()).toEqual(names.map((name) => `${at}/${name}`))
      const [value = '', ...others] = [...new Set(Object.values(znodes))]
      expect(others, `a mix in generation ${told.generation}`).toEqual([])
      return value
    })
  }

  test.for(readers)('%s gets whole generations of ten a second, at least one a second', async (by, context) => {
    const run = await runner(context, by)
    const { writer, reader, until } = await following(`fast-${readers.indexOf(by)}`, run)
    try {
      const written = new Map<number, string>()
      // the reader was there before the tree
      for (let count = 0; count < 2; count++) written.set(await writer.write(all(`first ${count}`)), `first ${count}`)
      await until('first 1')
      const began = performance.now()
      const gaps: number[] = []
      for (let count = 0, last = began; count < 60; count++) {
        written.set(await writer.write(all(`${count}`)), `${count}`)
        gaps.push(performance.now() - last)
        last = performance.now()
        await sleep(Math.max(0, began + (count + 1) * 100 - performance.now()))
      }
      const over = performance.now()
      await until('59')
      const values = wholes(reader.lines, writer.at)
      expect(values).toEqual(reader.lines.map(({ told }) => written.get(told.generation)))
      for (let second = began; second + 1000 <= over; second += 1000) {
        const seen = reader.lines.filter(({ at }) => at >= second && at < second + 1000)
        expect(seen.length, `in the second from ${Math.round(second - began)} ms on`).toBeGreaterThan(0)
      }
      // Where others need the machine for a while, one or the other comes late, and the next sooner.
      expect(median(gaps), 'ms from one generation to the next').toBeLessThan(250)
      console.log(`${by}: ${values.length} of 62 generations, written in ${Math.round(over - began)} ms`)
    } finally {
      await reader.end()
    }
  })

  test.for(readers)('%s gets no mix of an apply in several transactions, nor of one that died', async (by, context) => {
    const run = await runner(context, by)
    const { writer, reader, until } = await following(`large-${readers.indexOf(by)}`, run)
    const large = (count: number) => all(`${count} `.repeat(60_000))
    try {
      for (let count = 1; count <= 6; count++) await writer.write(large(count))
      await until('6 '.repeat(60_000))
      await expect(writer.write(large(7), { open: () => dying(writer) })).rejects.toThrow('died')
      // whoever does not follow HEAD sees what is to be told from a generation
      const zk = await writer.open()
      const now = await Promise.all(names.map(async (name) => (await zk.get(`${writer.at}/${name}`))?.data.toString()))
      expect(new Set(now).size).toBe(2)
      await zk.close()
      await sleep(1500)
      expect(wholes(reader.lines, writer.at).at(-1)).toBe('6 '.repeat(60_000))
      await writer.write(large(7))
      await until('7 '.repeat(60_000))
      wholes(reader.lines, writer.at)
    } finally {
      await reader.end()
    }
  })

  test.for(['Python 2.7', 'Python 3'] as const)(
    "DataWatch of kazoo's for %s tells the value that changed, and nothing else",
    async (by, context) => {
      const run = await runner(context, by, path.join(import.meta.dirname, 'data-watch.py'))
      const writer = writerOf(lab, `watched-${readers.indexOf(by)}`, ['digest:dman:cdrwa', 'world:anyone:r'])
      await writer.write(all('old'))
      const watched = names.map((name) => `${writer.at}/${name}`)
      const watch = listen<{ path: string; value: string }>([...run.command, connect(), ...watched], run.env)
      try {
        await expect.poll(() => watch.lines.length, { timeout: 20_000 }).toBe(10)
        await writer.write({ k3: 'new' })
        await expect.poll(() => watch.lines.length).toBe(11)
        await sleep(500)
        expect(watch.lines.slice(10).map(({ told }) => told)).toEqual([{ path: `${writer.at}/k3`, value: 'new' }])
      } finally {
        await watch.end()
      }
    },
  )

  test('an identity that an ACL names first is made by up, not by seed, and never again', async () => {
    const second = await lab.edit((document) =>
      document.setIn(['trees', 'app', 'acls'], { 'nothing/**': ['digest:dman:cdrwa', 'digest:second:r'] }),
    )
    const refused = ended(await lab.run('seed', second), 5)
    expect(refused.stderr).toContain('no password was made yet of second')
    expect(Object.keys(await passwords(lab))).toEqual(['super', 'dman', 'reader'])
    expect(ended(await lab.run('plan', second), 0).stdout).toContain('+ make the password of second')
    ended(await lab.run('up', second), 0)
    const made = await passwords(lab)
    expect(Object.keys(made)).toEqual(['super', 'dman', 'reader', 'second'])
    expect(ended(await lab.run('up', second), 0).stderr).toContain('nothing to do')
    ended(await lab.run('seed', second), 0)

    const file = path.join(lab.folder, '.dman', lab.name, 'secrets.json')
    const whole = await readFile(file, 'utf8')
    const { second: gone, ...rest } = made
    expect(gone).toMatch(/^[\w-]{43}$/)
    await writeFile(file, JSON.stringify({ ...(JSON.parse(whole) as object), passwords: rest }))
    for (const command of ['up', 'plan', 'seed'])
      expect(ended(await lab.run(command, second), 5).stderr).toContain('it lists second')
    expect(await passwords(lab)).toEqual(rest)
    await writeFile(file, whole)
  })

  test('client tells what to connect to, a password only when asked, and its lines work as they are', async (context) => {
    const plain = ended(await lab.run('client', lab.inventory), 0).stdout
    expect(Object.values(await passwords(lab)).filter((password) => plain.includes(password))).toEqual([])
    const all = ended(await lab.run('client', lab.inventory, '--json'), 0).json()
    expect(all).toMatchObject({
      connect: connect(),
      trees: [{ path: '/dman/config', readers: ['digest:dman', 'digest:reader'] }],
    })
    expect(JSON.stringify(all)).not.toContain('auth')
    const asked = ended(await lab.run('client', lab.inventory, '--identity', 'reader', '--json'), 0).json()
    const { auth } = asked as { auth: string }
    expect(auth).toBe(`reader:${(await passwords(lab))['reader']}`)
    ended(await lab.run('client', lab.inventory, '--identity', 'raeder'), 3)
    ended(await lab.run('client', lab.inventory, '--identity', 'super'), 5)

    const block = (name: string) => {
      const [, lines = ''] = plain.split(`\n${name}\n`)
      return lines.split('\n\n')[0]?.replaceAll(/^ {2}/gm, '').replace('/dman/config', '/dman/config/greeting') ?? ''
    }
    const python = await runner(context, 'Python 3')
    const code = `${block('Python, kazoo')}\nprint(data.decode())\nzk.stop()`
    const read = await runCommand([python.command[0] ?? '', '-c', code], { env: { ...python.env, ZK_AUTH: auth } })
    expect({ code: read.code, out: read.stdout.trim() }, read.stderr).toEqual({ code: 0, out: 'hello' })
    const node = block('Node, node-zookeeper-client').replace('data.toString())', 'data.toString()) || zk.close()')
    const told = await runCommand([process.execPath, '-e', node], { env: { ZK_AUTH: auth }, cwd: repository })
    expect({ code: told.code, out: told.stdout.trim() }, told.stderr).toEqual({ code: 0, out: 'hello' })
    const byJava = await runJava(context, lab, block('Java'), { ZK_AUTH: auth })
    // between what its library logs
    expect(byJava.stdout.split('\n'), byJava.stderr).toContain('hello')
    expect(byJava.code).toBe(0)
  })
})
