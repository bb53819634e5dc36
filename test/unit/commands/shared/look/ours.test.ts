import { expect, test } from 'vitest'
import { servesOurs } from '../../../../../src/commands/shared/look/ours.ts'
import { absent, present, unknown } from '../../../../../src/model/fact.ts'
import { Failure } from '../../../../../src/model/failure.ts'
import type { HostFacts, LaidFacts, ServerFacts } from '../../../../../src/remote/host-facts.ts'
import { host } from '../../../hosts/build.ts'

const server: ServerFacts = { pid: 7, start: '77', nonce: 'n', conf: 'conf-1', alive: true }
const base = host(1).facts
const at = { address: '10.0.0.1', port: 2180 }
const socket = (address: string, ours: boolean, port = 2180) => ({ port, address, ours, owner: absent })

function ours(listening: HostFacts['machine']['listening'], more: Partial<ServerFacts> = {}): boolean {
  const laid = { server: present({ ...server, ...more }) } as unknown as LaidFacts
  const facts: HostFacts = { ...base, laid: present(laid), machine: { ...base.machine, listening } }
  return servesOurs(at, present(facts))
}

test('only a living server of ours, and no other process on its port, is told who we are', () => {
  expect(ours([socket('10.0.0.1', true)])).toBe(true)
  expect(ours([socket('::', true)])).toBe(true)
  expect(ours([])).toBe(true)
  expect(ours([socket('10.0.0.1', false)])).toBe(false)
  expect(ours([socket('0.0.0.0', false)])).toBe(false)
  expect(ours([socket('127.0.0.1', false), socket('10.0.0.1', false, 22)])).toBe(true)
  expect(ours([socket('10.0.0.1', true)], { alive: false })).toBe(false)
})

test('a host of which nothing is known, or that holds nothing of ours, is told nothing', () => {
  expect(servesOurs(at, undefined)).toBe(false)
  expect(servesOurs(at, unknown(new Failure({ step: 'observe', got: 'no answer', hint: 'again' })))).toBe(false)
  expect(servesOurs(at, present({ ...base, laid: absent }))).toBe(false)
})
