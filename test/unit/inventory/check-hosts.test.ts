import { expect, test } from 'vitest'
import { java, parse, problems, zookeeper } from './build.ts'

const rest = java + zookeeper
const of = (lines: string, more = ''): string[] => problems(`${more}${rest}hosts:\n${lines}`)

test.each([
  ['duplicate ids', '  a: { id: 1, address: x1 }\n  b: { id: 1, address: x2 }\n', "5:12: id 1 is both a's and b's"],
  ['duplicate addresses', '  a: { id: 1, address: X1 }\n  b: { id: 2, address: x1. }\n', "5:24: address x1 is both a's and b's"],
  ['one IPv6 address, spelt twice', '  a: { id: 1, address: "fd00::1" }\n  b: { id: 2, address: "fd00:0::01" }\n', "5:24: address fd00::1 is both a's and b's"],
  ['one login', '  a: { id: 1, address: x1 }\n  b: { id: 2, address: x2, ssh: { host: x1 } }\n', '5:41: b is the same login as a'],
  ['one login, the other way round', '  a: { id: 1, address: x1, ssh: { host: x2 } }\n  b: { id: 2, address: x2 }\n', '5:24: b is the same login as a'],
  ['IPv4 as IPv6', '  a: { id: 1, address: "::ffff:10.0.0.1" }\n', '4:24: `::ffff:10.0.0.1`: it is an IPv4 address written as IPv6: write 10.0.0.1'],
  ['no participant', '  a: { id: 1, address: x1, role: observer }\n', '3:1: no host is a participant'],
  ['a bracketed address', '  a: { id: 1, address: "[::2]" }\n', '4:24: `[::2]`: an IPv6 address stands here without brackets'],
  ['an address with a port', '  a: { id: 1, address: x1:2181 }\n', '4:24: `x1:2181`: an address stands here without a port; ports are set by `ports` and `ssh.port`'],
  ['no IPv4 address', '  a: { id: 1, address: 10.0.0.256 }\n', '4:24: `10.0.0.256`: it is not an IPv4 address'],
  ['no address to log in at', '  a: { id: 1, address: x1, ssh: { host: 10.0.0.256 } }\n', '4:41: `10.0.0.256`: it is not an IPv4 address'],
  ['an address for all', '  a: { id: 1, address: 0.0.0.0 }\n', '4:24: `0.0.0.0`: peers cannot connect to it'],
  ['loopback among others', '  a: { id: 1, address: 127.0.0.1 }\n  b: { id: 2, address: 10.0.0.2 }\n', '4:24: `127.0.0.1` means the machine itself: the other members cannot reach a there'],
  ['an id too large', '  a: { id: 256, address: x1 }\n', "4:12: `hosts.a.id` must be the member's id, a whole number from 1 to 255, never given to another host"],
  ['a hop', '  a: { id: 1, address: x1, ssh: { jump: ["a b"] } }\n', '4:42: `a b` is not a hop such as ops@bastion.example.net:22'],
  ['an identity', '  a: { id: 1, address: x1, ssh: { identity: ~/missing } }\n', '4:45: there is no file /home/ann/missing'],
  ["sshd's port", '  a: { id: 1, address: x1, ssh: { port: 2180 } }\n', "4:41: port 2180 is both sshd's of a and `ports.client`"],
])('%s', (_, lines, problem) => expect(of(lines)).toEqual([problem])) // prettier-ignore

test('ten participants are one too many, nine and an observer are not', () => {
  const lines = Array.from({ length: 10 }, (_, i) => `  zk${i}: { id: ${i + 1}, address: 10.0.0.${i + 1} }\n`)
  expect(of(lines.join(''))).toEqual(['3:1: 10 hosts are participants'])
  expect(of(lines.join('').replace('0.10 }', '0.10, role: observer }'))).toEqual([])
})

test('loopback addresses among themselves, one address behind two ports, a known_hosts not there yet and names of ~/.ssh/config are fine', () => {
  expect(of('  a: { id: 1, address: 127.7.0.1 }\n  b: { id: 2, address: 127.7.0.2 }\n')).toEqual([])
  const nat = '  a: { id: 1, address: 10.0.0.1, ssh: { host: gate, port: 2201 } }\n  b: { id: 2, address: 10.0.0.2, ssh: { host: gate, port: 2202 } }\n' // prettier-ignore
  expect(of(nat)).toEqual([])
  expect(of('  a: { id: 1, address: x1 }\n', 'ssh: { known_hosts: ./missing }\n')).toEqual([])
  expect(of('  a: { id: 1, address: x1, ssh: { host: my_alias, jump: [the_gate] } }\n')).toEqual([])
})

test('settings of SSH are overridden one by one, paths made absolute, hosts sorted by id', () => {
  const text = `${rest}ssh: { user: ann, port: 2222, identity: ~/.ssh/id, jump: [ops@gate, "me@[fd00::1]:2022", plain] }
hosts:
  b: { id: 2, address: 10.0.0.2, ssh: { port: 22, jump: [], identity: keys/id, known_hosts: ./known } }
  a: { id: 1, address: 10.0.0.1, ssh: { user: root, host: a.example.net } }
`
  expect(parse(text).hosts.map(({ name, ssh }) => [name, ssh])).toEqual([
    [
      'a',
      {
        host: 'a.example.net',
        port: 2222,
        user: 'root',
        identity: '/home/ann/.ssh/id',
        jump: ['ops@gate', 'me@[fd00::1]:2022', 'plain'],
      },
    ],
    ['b', { host: '10.0.0.2', port: 22, user: 'ann', identity: '/work/keys/id', knownHosts: '/work/known', jump: [] }],
  ])
})
