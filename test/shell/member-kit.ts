import { existsSync } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { expect } from 'vitest'
import { binFiles } from '../../src/hosts/desired/bin.ts'
import type { LaidFacts } from '../../src/remote/host-facts.ts'
import { lay } from '../../src/remote/lay.ts'
import { member, type MemberDone, type MemberFounding, type MemberStep } from '../../src/remote/member.ts'
import { observe } from '../../src/remote/observe.ts'
import { observeMember } from '../../src/remote/observe-member.ts'
import type { Locked } from '../../src/remote/remote.ts'
import { unpack } from '../../src/remote/unpack.ts'
import { fakeJava, tarball } from './archives.ts'
import { type Kind, type LocalHost, localHost } from './local-host.ts'

// What the tests of a member lay on their host.

export const java = { release: 'java-aaaaaaaaaaaa', ...tarball({ 'jre/bin/java': fakeJava }) }
export const zookeeper = {
  release: 'zookeeper-bbbbbbbbbbbb',
  ...tarball({ 'zk/lib/b.jar': '', 'zk/lib/a.jar': '', 'zk/lib/notes.txt': '' }),
}
const links = { java: java.release, zookeeper: zookeeper.release }
export const [first, second] = ['conf-000000000001', 'conf-000000000002']
export const conf = (release: string, tick: string) => ({
  release,
  files: {
    format: 'format: 1\n',
    'zoo.cfg': `tickTime=${tick}\nsuper=a\\b`,
    jvm: '# a comment\n-Xmx64m\n\n-Dwith blank=$(touch x)',
  },
  links,
})
export const owner = { ensemble: 'dman', founding: 'ab12cd34', host: 'zk1', id: 3 }
export const found: MemberFounding = {
  ...owner,
  members: ['server.3=127.0.0.1:2889:3889:participant;127.0.0.1:2180'],
  initialize: true,
}

/** Sends these archives and has their releases made. */
export async function bring(locked: Locked, archives: readonly (typeof java)[] = [java, zookeeper]) {
  for (const { release, bytes, sha256 } of archives) {
    await locked.send(Readable.from([bytes]), 'staged', bytes.length)
    const kind = release === java.release ? 'java' : 'zookeeper'
    await locked.change(unpack, { staged: 'staged', sha256, release, kind })
  }
}

/** What lies below bin/ there, some of it or all. */
export const bin = (host: LocalHost, names: readonly string[] = Object.keys(binFiles)) =>
  names.map((name) => ({ path: `bin/${name}`, text: host.adapted(binFiles[name] ?? '') }))

/** A host with all that a member is started from, and what is in bin/ unless it is named; nothing is founded there. */
export async function memberHost(
  kind: Kind,
  archives?: Parameters<typeof bring>[1],
  names = ['prelude', 'start', 'stop'],
) {
  const host = localHost(kind)
  const { locked } = await host.lock()
  await bring(locked, archives)
  await locked.change(lay, { files: bin(host, names), confs: [conf(first, '1'), conf(second, '2')] })
  return { host, locked }
}

/** Founds and starts the member, with the first conf release, and waits until its Java is there. */
export async function startedOn(host: LocalHost, locked: Locked): Promise<MemberDone> {
  const done = await locked.change(member, { found, switch: first, start: true })
  expect(done.started?.already).toBe(false)
  await expect.poll(() => existsSync(path.join(host.dman, 'run/java-umask')), { timeout: 5000 }).toBe(true)
  return done
}

/** A server grows older between two looks. */
const ageless = (seen: unknown): unknown =>
  JSON.parse(JSON.stringify(seen, (key, value: unknown) => (key === 'age' ? 'some' : value)))

/** What a step did; what it tells of the host is what is seen there at once. */
export async function doing(locked: Locked, step: MemberStep): Promise<Omit<MemberDone, 'laid'>> {
  const { laid, ...what } = await locked.change(member, step)
  expect(ageless(laid)).toEqual(ageless(await locked.ask(observeMember, undefined)))
  return what
}

/** What an observation finds below the home, which has to be there. */
export async function laidOn(locked: Locked): Promise<LaidFacts> {
  const { laid } = await locked.ask(observe, { ports: [] })
  if (laid.is !== 'present') throw new Error(laid.is)
  return laid.value
}

/** Stops the member, if it is there, and takes the host away. */
export async function end(host: LocalHost, locked: Locked): Promise<void> {
  await locked.change(member, { stop: true, patience: 2 }).catch(() => undefined)
  host.remove()
}
