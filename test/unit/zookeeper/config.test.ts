import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { present } from '../../../src/model/fact.ts'
import {
  formatMember,
  type Member,
  member,
  parseConfigNode,
  parseMember,
  sameMember,
} from '../../../src/zookeeper/config.ts'
import { valueOf } from '../value-of.ts'

const ports = { client: 2180, peer: 2889, election: 3889 }
const port = fc.integer({ min: 1, max: 65_535 })
const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())
const endpoint = fc.option(fc.record({ address, port }), { nil: undefined })
const anyMember: fc.Arbitrary<Member> = fc.record({
  id: fc.integer({ min: 0, max: 255 }),
  addresses: fc.array(
    fc.record({ address, peer: port, election: port }).filter(({ peer, election }) => peer !== election),
    { minLength: 1, maxLength: 3 },
  ),
  role: fc.constantFrom('participant' as const, 'observer' as const),
  client: endpoint,
  secureClient: endpoint,
})

describe('member lines', () => {
  test('are written as ZooKeeper writes them', () => {
    expect(formatMember(member(1, '10.0.0.1', ports))).toBe('server.1=10.0.0.1:2889:3889:participant;10.0.0.1:2180')
    expect(formatMember(member(2, 'fd00::2', ports, 'observer'))).toBe(
      'server.2=[fd00::2]:2889:3889:observer;[fd00::2]:2180',
    )
  })

  test('come back as they went', () => {
    fc.assert(
      fc.property(anyMember, (one) => {
        expect(parseMember(formatMember(one))).toEqual(present(one))
      }),
    )
  })

  test.each([
    ['server.1=a:1:2', { role: 'participant', client: undefined }],
    ['server.1 = a:1:2:OBSERVER;2180 ', { role: 'observer', client: { address: '0.0.0.0', port: 2180 } }],
    ['server.1=a:1:2|b:3:4:observer;c:5', { role: 'observer', client: { address: 'c', port: 5 } }],
    ['server.1=a:1:2;;[::1]:5', { client: undefined, secureClient: { address: '::1', port: 5 } }],
  ])('%s is understood', (line, expected) => expect(valueOf(parseMember(line))).toMatchObject(expected))

  test.each([
    'server.1=',
    'server.x=a:1:2',
    'server.1=a:1',
    'server.1=a:1:1',
    'server.1=a:1:2:leader',
    'server.1=a:1:70000',
    'server.1=fd00::1:1:2',
    'server.1=[fd00::1:1:2',
    'server.1=a:1:2:observer|b:1:2:participant',
    'server.1=a:1:2;b:c:3',
    'server.1=a:1:2;1;2;3',
    'group.1=1:2:3',
  ])('%s is unknown', (line) => expect(parseMember(line).is).toBe('unknown'))

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (key, text) => parseMember(`server.1${key}=${text}`).is !== 'absent'),
    )
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) =>
        ['present', 'absent', 'unknown'].includes(parseConfigNode(Buffer.from(bytes)).is),
      ),
    )
  })

  test('are compared by meaning', () => {
    const short = member(1, 'fd00::1', ports)
    const long = member(1, 'FD00:0:0:0:0:0:0:1', ports)
    expect(sameMember(short, long)).toBe(true)
    expect(sameMember(member(1, 'Host', ports), member(1, 'host', ports))).toBe(true)
    const two = { ...short, addresses: [...short.addresses, { address: '10.0.0.1', peer: 1, election: 2 }] }
    expect(sameMember(two, { ...two, addresses: [...two.addresses].reverse() })).toBe(true)
    for (const other of [
      { ...short, id: 2 },
      { ...short, role: 'observer' as const },
      { ...short, client: undefined },
      { ...short, client: { address: 'fd00::1', port: 2181 } },
      member(1, 'fd00::1', { ...ports, peer: 1 }),
      two,
    ]) {
      expect(sameMember(short, other)).toBe(false)
    }
  })
})

describe('/zookeeper/config', () => {
  test('tells the version and the members by id', () => {
    const data = [
      'server.10=10.0.0.10:2889:3889:observer;10.0.0.10:2180',
      'server.2=fd00:0:0:0:0:0:0:2:1:2',
      'version=1000000ab',
    ]
    const good = Buffer.from([data[0], 'server.2=[fd00::2]:2889:3889:participant;[fd00::2]:2180', data[2]].join('\n'))
    const config = valueOf(parseConfigNode(good))
    expect(config?.version).toBe('00000001000000ab')
    expect(config?.members.map(({ id, role }) => [id, role])).toEqual([
      [2, 'participant'],
      [10, 'observer'],
    ])
    expect(parseConfigNode(data.join('\n')).is).toBe('unknown')
  })

  test('empty is absent; groups, weights and a missing version are unknown', () => {
    expect(parseConfigNode('').is).toBe('absent')
    const one = 'server.1=a:1:2:participant;a:3'
    expect(parseConfigNode(one).is).toBe('unknown')
    expect(parseConfigNode(`${one}\nversion=0`).is).toBe('present')
    expect(parseConfigNode(`${one}\ngroup.1=1\nweight.1=1\nversion=0`).is).toBe('unknown')
  })
})
