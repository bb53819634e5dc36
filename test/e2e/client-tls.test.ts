import { readFile } from 'node:fs/promises'
import { connect as connectPlainly } from 'node:net'
import path from 'node:path'
import { connect } from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeAuthority } from '../../src/local/certificate.ts'
import { kazoo } from './kazoo.ts'
import { withLab } from './lab/lab.ts'
import { repository, runCommand } from './lab/run.ts'
import { planOf } from './roll-watch.ts'
import { day, goodFor, told } from './tls-kit.ts'
import { ended, listening, onAll, problemsOfEach, statusOf } from './up-look.ts'
import { underWriter } from './writer.ts'

const secure = 2281

// Between members there is TLS too, as is the default; test/e2e/tls.test.ts begins with TLS for clients alone.
describe('TLS for clients together with TLS between members', () => {
  const lab = withLab()
  const ports = { client: 2180, peer: 2889, election: 3889 }
  const set = (more: object) => {
    return lab.edit((inventory) => inventory.set('ports', { ...ports, ...more }), { name: 'inventory.yml' })
  }
  const address = () => lab.hosts[0]?.address ?? ''
  const ca = () => readFile(path.join(lab.folder, '.dman', lab.name, 'ca.pem'), 'utf8')
  const byTls = (more: { host?: string; ca: string; servername?: string }, word?: string) =>
    told(connect({ host: address(), port: secure, ...more }), 'secureConnect', word)
  const problems = async () => problemsOfEach(lab, await statusOf(lab, 0))

  /** Nothing listens but sshd, ZooKeeper's usual ports and these, each on the member's address alone. */
  const onlyThese = async (...more: number[]) => {
    // a host of the kind loopback has the whole machine's sockets
    if (lab.kind !== 'namespaces') return
    const { leader } = await statusOf(lab, 0)
    for (const { name, address } of lab.hosts) {
      const here = [ports.client, ports.election, ...(name === leader ? [ports.peer] : []), ...more]
      expect(await listening(lab, name)).toEqual(['*:22', ...here.map((port) => `${address}:${port}`)].sort())
    }
  }

  beforeAll(async () => {
    await set({ secure })
    ended(await lab.runWith(goodFor(60 * day), 'up', lab.inventory), 0)
  })

  test('a member shows a certificate of the ensemble’s CA for its address and name; nothing else is taken there', async () => {
    const ours = await ca()
    for (const { address, name } of lab.hosts) {
      expect(await byTls({ host: address, ca: ours })).toMatch(/^Zookeeper version: /)
      expect(await byTls({ host: address, ca: ours, servername: name })).toMatch(/^Zookeeper version: /)
    }
    expect(await byTls({ ca: ours, servername: 'zk9' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    const { certificate } = await makeAuthority('theirs', Date.now())
    expect(await byTls({ ca: certificate })).toMatch(/^(UNABLE_TO_|SELF_SIGNED|CERT_)/)
    expect(await byTls({ ca: ours }, 'dump')).toMatch(/not in the whitelist/)
    const plain = connectPlainly({ host: address(), port: secure })
    expect(await told(plain, 'connect')).not.toMatch(/Zookeeper/)
    await onlyThese(secure)
    expect(await onAll(lab, 'stat -Lc %a dman/current/member.pem')).toEqual(['600\n', '600\n', '600\n'])
    expect(await onAll(lab, 'grep "^sslQuorum\\|^portUnification" dman/current/zoo.cfg')).toEqual(
      Array(3).fill('portUnification=false\nsslQuorum=true\n'),
    )
  })

  test('what client prints works as it is, under kazoo, Node and Java, and a client that trusts another CA refuses', async (context) => {
    const all = lab.hosts.map((host) => `${host.address}:${secure}`).join()
    expect(ended(await lab.run('status', lab.inventory), 0).stdout).toContain(`by TLS:  ${all}\n`)
    const document = ended(await lab.run('client', lab.inventory, '--json'), 0).json() as { secure: object }
    const file = path.join(lab.folder, '.dman', lab.name, 'ca.pem')
    expect(document.secure).toEqual({ connect: all, ca_file: file, ca: await ca() })
    const { stdout } = ended(await lab.run('client', lab.inventory), 0)
    const block = (name: string) =>
      stdout
        .split(`\n${name}, by TLS\n`)[1]
        ?.split('\n\n')[0]
        ?.replaceAll(/^ {2}/gm, '')
        .replaceAll('"/dman/config"', '"/dman/config/greeting"') ?? ''

    const node = block('Node, node-zookeeper-client').replace('data.toString())', 'data.toString()) || zk.close()')
    const byNode = await runCommand(['timeout', '60', process.execPath, '-e', node], { cwd: repository })
    expect({ code: byNode.code, out: byNode.stdout.trim() }, byNode.stderr).toEqual({ code: 0, out: 'hello' })

    const options = [...block('Java').matchAll(/setProperty\("(.*)", "(.*)"\)/g)].map(
      ([, key = '', value = '']) => `-D${key}=${value === file ? 'dman/current/trust.pem' : value}`,
    )
    expect(options).toHaveLength(5)
    const java = `dman/current/java/bin/java -Xmx64m -XX:-UsePerfData -cp 'dman/current/zookeeper/lib/*' ${options.join(' ')} \
      org.apache.zookeeper.ZooKeeperMain -timeout 30000 -server ${all} get /dman/config/greeting`
    const byJava = await lab.exec('zk1', java)
    expect(byJava.stdout.split('\n'), byJava.stderr).toContain('hello')

    const reader = await kazoo('3', '2.11.0')
    if ('why' in reader) return context.skip(reader.why)
    const code = `${block('Python, kazoo')}\nprint(data.decode())\nzk.stop()`
    const env = { PYTHONPATH: reader.folder, PYTHONDONTWRITEBYTECODE: '1' }
    const byKazoo = await runCommand(['timeout', '60', reader.python, '-c', code], { env })
    expect({ code: byKazoo.code, out: byKazoo.stdout.trim() }, byKazoo.stderr).toEqual({ code: 0, out: 'hello' })
  })

  test('case 38: the certificate that members show peers and clients is renewed by stages, under a writer that loses nothing', async (context) => {
    const reader = await kazoo('3', '2.11.0')
    if ('why' in reader) return context.skip(reader.why)
    const soon = [expect.stringMatching(/^its certificate for peers expires on /) as string]
    expect(await problems()).toEqual([soon, soon, soon])
    const before = await ca()
    await underWriter(lab, reader, 'renewed', async () => {
      const { steps } = await planOf(lab, 2)
      expect(steps.map(({ kind }) => kind)).toEqual(Array(9).fill('restart'))
      ended(await lab.run('up', lab.inventory), 0)
    })
    expect(await problems()).toEqual([[], [], []])
    expect(await byTls({ ca: before })).not.toMatch(/Zookeeper/)
    expect(await byTls({ ca: await ca() })).toMatch(/^Zookeeper version: /)
  })

  test('off again by a roll, under a writer that loses nothing', async (context) => {
    const reader = await kazoo('3', '2.11.0')
    if ('why' in reader) return context.skip(reader.why)
    await underWriter(lab, reader, 'off', async () => {
      await set({})
      const { restarts } = await planOf(lab, 2)
      expect(restarts.map(({ reason }) => reason)).toEqual(Array(3).fill('changed: TLS for clients'))
      ended(await lab.run('up', lab.inventory), 0)
    })
    expect(await byTls({ ca: await ca() })).toBe('ECONNREFUSED')
    await onlyThese()
    expect(
      await onAll(lab, 'grep -c "^secureClient\\|^serverCnxn\\|^ssl.keyStore" dman/current/zoo.cfg || true'),
    ).toEqual(['0\n', '0\n', '0\n'])
    expect(await planOf(lab, 0)).toMatchObject({ changes: [], steps: [] })
  })
})
