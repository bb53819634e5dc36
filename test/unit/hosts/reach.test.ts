import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { probeOver, reachability, type Reached } from '../../../src/hosts/reach.ts'
import { Failure } from '../../../src/model/failure.ts'
import { ForwardRefused, type RefusalReason } from '../../../src/ssh/failures.ts'
import { inventory, inventoryHost } from './build.ts'

const told = async (count: number, answer: (from: string, address: string, port: number) => Reached) =>
  (await reachability(inventory(count), (from, address, port) => Promise.resolve(answer(from, address, port))))
    .filter(({ level }) => level !== 'ok')
    .map(({ host, level, got }) => `${host} ${level}: ${got}`)

describe('reachability', () => {
  it('is asked of every pair, both ways, both ports', async () => {
    const asked: string[] = []
    const probe = (from: string, address: string, port: number) => {
      asked.push(`${from} ${address}:${port}`)
      return Promise.resolve<Reached>({ is: 'reached' })
    }
    const findings = await reachability(inventory(2), probe)
    expect(asked.sort()).toEqual([
      'zk1 10.0.0.12:2889',
      'zk1 10.0.0.12:3889',
      'zk2 10.0.0.11:2889',
      'zk2 10.0.0.11:3889',
    ])
    expect(findings.map(({ host, level, got }) => [host, level, got])).toEqual([
      ['zk1', 'ok', 'zk2 is reached'],
      ['zk2', 'ok', 'zk1 is reached'],
    ])
  })

  it('is asked towards participants only, and not of a host that leaves', async () => {
    const hosts = [inventoryHost(1), inventoryHost(2, { role: 'observer' }), inventoryHost(3, { role: 'absent' })]
    const findings = await reachability(inventory(3, { hosts }), () => Promise.resolve({ is: 'reached' }))
    expect(findings.map(({ host, got }) => [host, got])).toEqual([['zk2', 'zk1 is reached']])
  })

  it('case 16: names a blocked port pair by pair', async () => {
    const answer = (from: string, address: string, port: number): Reached =>
      from === 'zk3' && address === '10.0.0.11' && port === 3889
        ? { is: 'blocked', got: 'timed out' }
        : { is: 'reached' }
    expect(await told(3, answer)).toEqual(['zk3 refusal: election port 3889 of zk1 (10.0.0.11) is blocked: timed out'])
  })

  it('case 16: says that it is unknown where forwarding is prohibited or did not answer', async () => {
    expect(await told(2, (from) => (from === 'zk1' ? { is: 'prohibited' } : { is: 'reached' }))).toEqual([
      'zk1 warning: unknown whether zk2 is reached: sshd prohibits forwarding',
    ])
    const lost = (_: string, __: string, port: number): Reached =>
      port === 2889 ? { is: 'unknown', got: 'the connection was lost' } : { is: 'reached' }
    expect(await told(2, lost)).toEqual([
      'zk1 warning: peer port 2889 of zk2 (10.0.0.12): unknown, the connection was lost',
      'zk2 warning: peer port 2889 of zk1 (10.0.0.11): unknown, the connection was lost',
    ])
  })
})

describe('a try over a connection', () => {
  const tried = (forward: () => Promise<PassThrough>) =>
    probeOver(new Map([['zk1', { forward }]]))('zk1', '10.0.0.12', 2889)
  const refused = (reason: RefusalReason) => () =>
    Promise.reject(new ForwardRefused({ step: 'reach', got: 'so it says', hint: '', reason }))

  it('case 16: a port that answers or refuses is reached, and nothing stays open', async () => {
    const stream = new PassThrough()
    expect(await tried(() => Promise.resolve(stream))).toEqual({ is: 'reached' })
    expect(stream.destroyed).toBe(true)
    expect(await tried(refused('refused'))).toEqual({ is: 'reached' })
  })
  it('case 16: tells blocked from prohibited from unknown', async () => {
    expect(await tried(refused('blocked'))).toEqual({ is: 'blocked', got: 'so it says' })
    expect(await tried(refused('prohibited'))).toEqual({ is: 'prohibited' })
    expect(await tried(refused('unknown'))).toEqual({ is: 'unknown', got: 'so it says' })
    const lost = new Failure({ step: 'use the connection', got: 'lost', hint: '', exit: 4 })
    expect(await tried(() => Promise.reject(lost))).toEqual({ is: 'unknown', got: 'lost' })
    expect(await probeOver(new Map())('zk1', '10.0.0.12', 2889)).toMatchObject({ is: 'unknown' })
  })
})
