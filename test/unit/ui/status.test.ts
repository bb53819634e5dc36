import { expect, test } from 'vitest'
import type { StatusDocument } from '../../../src/model/documents.ts'
import { statusLines } from '../../../src/ui/status.ts'

const member = {
  host: 'zk1',
  id: 1,
  address: '10.0.0.11',
  role: 'participant',
  state: 'leader',
  version: '3.9.5',
  zxid: '0000000100000007',
  connections: 2,
  uptime_s: 7300,
  problems: [],
} as const

const healthy: StatusDocument = {
  ensemble: 'dman',
  quorum: true,
  healthy: true,
  leader: 'zk1',
  members: [{ ...member, problems: [] }],
  trees: [{ name: 'app', path: '/dman/config', generation: 3, applied_at: '2026-01-02T03:04:05Z', drift: null }],
}
const plain = (_: unknown, text: string) => text

test('a healthy ensemble is told in a headline, a row a member, a row a tree and the connection string', () => {
  expect(statusLines({ status: healthy, connect: '10.0.0.11:2180' }, plain)).toEqual([
    'dman: healthy, 1 of 1 members serve, zk1 leads',
    '',
    'HOST  ID  ADDRESS    ROLE         STATE     VERSION  ZXID         CLIENTS  UP',
    'zk1   1   10.0.0.11  participant  ★ leader  3.9.5    0x100000007  2        2h',
    '',
    'TREE  PATH          GENERATION    APPLIED',
    'app   /dman/config  generation 3  2026-01-02T03:04:05Z',
    '',
    'connect: 10.0.0.11:2180',
  ])
})

test('a tree that could not be read is unknown, not unseeded; what else is told of one stands behind it', () => {
  const tree = { path: '/a', generation: null, applied_at: null, drift: null }
  const trees = [
    { ...tree, name: 'never' },
    { ...tree, name: 'unread' },
    { ...tree, name: 'begun', generation: 2, applied_at: 'then', drift: false },
  ]
  const remarks = new Map([
    ['unread', { is: 'unread' } as const],
    ['begun', { is: 'seen', words: 'generation 3 is begun' } as const],
  ])
  const lines = statusLines({ status: { ...healthy, trees }, connect: 'x', remarks }, plain)
  expect(lines.filter((line) => line.includes(' /a '))).toEqual([
    'never   /a    not seeded    –',
    'unread  /a    unknown       –',
    'begun   /a    generation 2  then     no drift, generation 3 is begun',
  ])
})

test('what is not known is a dash, and problems name their host', () => {
  const down = {
    ...member,
    state: 'down',
    version: null,
    zxid: null,
    connections: null,
    uptime_s: null,
    problems: ['does not serve'],
  } as const
  const lines = statusLines(
    {
      status: {
        ...healthy,
        quorum: false,
        healthy: false,
        leader: null,
        members: [{ ...down, problems: [...down.problems] }],
        trees: [],
      },
      connect: 'x',
      secure: 'y',
    },
    plain,
  )
  expect(lines.slice(-2)).toEqual(['connect: x', 'by TLS:  y'])
  expect(lines[0]).toBe('dman: no quorum, 0 of 1 members serve')
  expect(lines[3]).toBe('zk1   1   10.0.0.11  participant  ✗ down  –        –     –        –')
  expect(lines).toContain('! zk1: does not serve')
})
