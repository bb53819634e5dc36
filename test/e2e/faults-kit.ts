import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type { TestLab } from './lab/lab.ts'
import { type Outcome, repository, runCommand } from './lab/run.ts'
import { ended, homes, onAll } from './up-look.ts'

/** An error as its user sees it; `host` is '' where it is told of none. */
export interface Told {
  readonly host: string
  readonly step: string
  readonly got: string
  readonly hint: string
}

/**
 * The errors on stderr of a run that ended with that code; fails unless there are some and each of them has its three lines
 * (docs/design.md, Commands and exit codes: host and what was tried, what came back, the next thing to do), without a stack.
 */
export function errors(outcome: Outcome, code: number): readonly Told[] {
  const lines = ended(outcome, code).stderr.split('\n')
  const told = lines.flatMap((line, at): Told[] => {
    const [, about] = /^error (.*)$/.exec(line) ?? []
    if (about === undefined) return []
    const [, host = '', step = about] = /^([A-Za-z0-9._-]+): (.*)$/.exec(about) ?? []
    const [, got = ''] = /^ {2}(\S.*)$/.exec(lines[at + 1] ?? '') ?? []
    const [, hint = ''] = /^ {2}→ (\S.*)$/.exec(lines[at + 2] ?? '') ?? []
    return [{ host, step, got, hint }]
  })
  expect(told, outcome.stderr).not.toEqual([])
  for (const one of told) expect([one.step, one.got, one.hint], outcome.stderr).not.toContain('')
  expect(outcome.stderr).not.toMatch(/^ +at |this is a defect/m)
  // A plan may have been shown before; behind it there is nothing else.
  const from = lines.findIndex((line) => line.startsWith('error '))
  expect(lines.slice(from).filter(Boolean), outcome.stderr).toHaveLength(told.length * 3)
  return told
}

/** `host: what came back`, one an error. */
export const gots = (told: readonly Told[]): string[] => told.map(({ host, got }) => `${host}: ${got}`)

/** `body`, and that it changed nothing on any host: names, modes, times and bytes of all that is in the homes. */
export async function changesNothing<T>(lab: TestLab, body: () => Promise<T>): Promise<T> {
  const before = await listing(lab)
  const result = await body()
  expect(await listing(lab)).toEqual(before)
  return result
}

/** What members write by themselves is left out, and the logs. Hosts in namespaces have their homes where this machine sees them, too. */
async function listing(lab: TestLab): Promise<readonly string[]> {
  const hosts = path.join(path.dirname(lab.sshConfig), 'hosts')
  if (!existsSync(path.join(hosts, 'zk1/home'))) return homes(lab)
  const left = String.raw`\( -path '*/log' -o -path '*/cache' -o -path '*/data/version-2' \) -prune -o`
  const find = `cd "$0" && find */home ${left} -printf '%p %y %m %T@ %C@ %i %s %l\n' | sort`
  const { code, stdout, stderr } = await runCommand(['sh', '-c', find, hosts])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.split('\n')
}

/** Whether the program made its folder beside the inventory. */
export const hasState = (folder: string): Promise<boolean> =>
  stat(path.join(folder, '.dman')).then(
    () => true,
    () => false,
  )

/** What runs a shell's text on a host, as its login user or as root, and fails where that does, or says something on stderr. */
export const shellOf =
  (lab: TestLab, options: { readonly root?: boolean } = {}) =>
  async (host: string, command: string): Promise<string> => {
    const [said = ''] = await onAll(lab, command, { ...options, of: [host] })
    return said.trim()
  }

/** Breaks something on a host until `mend` is called, or the test ends, so that neither its retry nor another test meets it. */
export async function broken(
  as: ReturnType<typeof shellOf>,
  host: string,
  command: string,
  undo: string,
): Promise<{ readonly said: string; readonly mend: () => Promise<void> }> {
  let isMended = false
  const mend = async () => {
    if (isMended) return
    isMended = true
    await as(host, undo)
  }
  onTestFinished(mend)
  return { said: await as(host, command), mend }
}

/** A port where every connection is counted and ended at once. */
export interface Trap {
  readonly port: number
  readonly contacts: () => number
  close(): Promise<void>
}

export async function trap(address: string): Promise<Trap> {
  let contacts = 0
  const server: Server = createServer((socket) => {
    contacts += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()))
  return { port: (server.address() as AddressInfo).port, contacts: () => contacts, close }
}

/** One answer of `check`, `level question: got → hint`, of those that are not ok; by host. */
export interface Finding {
  readonly host: string
  readonly question: string
  readonly level: 'ok' | 'warning' | 'refusal'
  readonly got: string
  readonly hint: string
}

export async function findings(lab: TestLab, code: number, inventory = lab.inventory): Promise<readonly Finding[]> {
  const outcome = ended(await lab.run('check', inventory, '--json'), code)
  const { ok, findings: all } = outcome.json() as { ok: boolean; findings: Finding[] }
  expect(ok).toBe(code === 0)
  // hosts of the kind loopback are one machine, which need not have cron
  const kinds = lab.kind === 'loopback' ? ['machine', 'cron'] : []
  const wrong = all.filter(({ level, question }) => level !== 'ok' && !kinds.includes(question))
  for (const { hint } of wrong) expect(hint).not.toBe('')
  return wrong
}

/** Debian's packages of commands that some tests can do more with, each as `COMMAND=PACKAGE`; whether they came is for the test to look at. */
export const packages = (...pairs: readonly string[]): Promise<Outcome> =>
  runCommand(['sh', path.join(repository, 'scripts/lab.d/packages.sh'), ...pairs])

/** Why the lab's hosts can have no packet filter; undefined where they can. */
export async function whyNoFilter(lab: TestLab): Promise<string | undefined> {
  const tried = await lab.exec('zk1', 'nft add table inet probe && nft delete table inet probe', { root: true })
  return tried.code === 0 ? undefined : `no packet filter (nft): ${tried.stderr.trim()}`
}

/** What a host's packet filter does with all that comes to a port: to be run there by root. */
export function filterOf(port: number, verdict: 'drop' | 'reject with tcp reset') {
  const chain = 'add chain inet t i { type filter hook input priority 0; }'
  return {
    set: `nft 'add table inet t; ${chain}; add rule inet t i tcp dport ${port} ${verdict}'`,
    undo: 'nft delete table inet t',
  }
}
