import { describe, expect, it } from 'vitest'
import { Unreachable } from '../../../src/model/failure.ts'
import { lookUp } from '../../../src/ssh/config.ts'
import { parseConfig } from '../../../src/ssh/config-lines.ts'
import { place, routeOf, type Target } from '../../../src/ssh/target.ts'

const home = '/home/ann'
const here = { home, localUser: 'ann', localHost: 'desk', uid: 1000, env: {} }
const target = { host: 'zk1', address: '10.0.0.11', port: 22, user: 'dman' }
const route = (config: string, more: Partial<Target> = {}) =>
  routeOf(
    { ...target, ...more },
    { configOf: (asked) => lookUp([parseConfig(config, 'f')], asked, here), home, localUser: 'ann' },
  )
const shown = (config: string, more: Partial<Target> = {}) =>
  route(config, more).map(
    ({ user, address, port, isJump }) => `${user}@${place({ address, port })}${isJump ? ' jump' : ''}`,
  )
const hops = (...jump: string[]) => shown('', { jump })

describe('the way to a host', () => {
  it('goes over the jump hosts in their order, the target last', () => {
    expect(hops('ops@bastion.example.net', 'inner:2222')).toEqual([
      ...['ops@bastion.example.net:22 jump', 'dman@inner:2222 jump', 'dman@10.0.0.11:22'],
    ])
  })
  it('takes IPv6 addresses in brackets', () => {
    expect(hops('ops@[fd00::1]:2222', '[fd00::2]')).toEqual([
      ...['ops@[fd00::1]:2222 jump', 'dman@[fd00::2]:22 jump', 'dman@10.0.0.11:22'],
    ])
  })
  it.each(['', '@', 'ops@', 'host:0', 'host:65536', 'host:ssh', 'a@b@c', '[fd00::1', 'ops@fd00::1'])(
    'refuses %o',
    (text) => {
      expect(() => hops(text)).toThrow(expect.objectContaining({ host: 'zk1', exit: 3 }))
    },
  )
  it('gives the identity to every hop and the password to the target alone', () => {
    const [first, last] = route('', { jump: ['b'], identity: '/id' })
    expect(first).toMatchObject({ identity: '/id' })
    expect(first).not.toHaveProperty('password')
    expect(last).toMatchObject({ identity: '/id' })
  })
})

describe('~/.ssh/config', () => {
  const config = [
    ...['Host 10.0.0.*', 'ProxyJump inner', 'User carl', 'Port 2222', 'UserKnownHostsFile /k1 /k2', 'HostKeyAlias zk'],
    ...[
      'Host inner',
      'HostName 10.9.9.9',
      'ProxyJump ssh://ops@outer:2200',
      'Host outer',
      'HostName outer.example.net',
    ],
  ].join('\n')
  const bare = { user: undefined, port: undefined }

  it('says what the inventory does not, and whom to go through, hop by hop', () => {
    expect(shown(config, bare)).toEqual([
      ...['ops@outer.example.net:2200 jump', 'ann@10.9.9.9:22 jump', 'carl@10.0.0.11:2222'],
    ])
    expect(route(config, bare).at(-1)).toMatchObject({ knownHosts: ['/k1', '/k2'], hostKeyAlias: 'zk' })
  })
  it('gives way to the inventory', () => {
    expect(shown(config, { jump: [] })).toEqual(['dman@10.0.0.11:22'])
    expect(shown(config, { jump: ['inner'], knownHosts: '/own' })).toEqual([
      ...['ops@outer.example.net:2200 jump', 'dman@10.9.9.9:22 jump', 'dman@10.0.0.11:22'],
    ])
    expect(route(config, { knownHosts: '/own' }).map((hop) => hop.knownHosts)).toEqual([['/own'], ['/own'], ['/own']])
  })
  it('that says nothing leaves the user dman, port 22 and the usual known_hosts', () => {
    expect(shown('', bare)).toEqual(['dman@10.0.0.11:22'])
    expect(route('UserKnownHostsFile /dev/null\n', bare)[0]?.knownHosts).toEqual([
      ...['/home/ann/.ssh/known_hosts', '/home/ann/.ssh/known_hosts2'],
    ])
  })
  it('may name its jump hosts by names of its own', () => {
    expect(shown('Host gate_1\nHostName 10.9.9.9\n', { jump: ['gate_1'] })).toEqual([
      ...['dman@10.9.9.9:22 jump', 'dman@10.0.0.11:22'],
    ])
  })
  it.each(['ssh -W %h:%p ops@gate:2200', 'exec /usr/bin/ssh -q ops@gate:2200 -W [%h]:%p'])(
    'reads ProxyCommand %s as the ProxyJump that it is',
    (command) => {
      expect(shown(`Host 10.*\nProxyCommand ${command}\n`)).toEqual(['ops@gate:2200 jump', 'dman@10.0.0.11:22'])
    },
  )
  it.each([
    'nc gate %h %p',
    'ssh -F other -W %h:%p gate',
    'ssh gate nc %h %p',
    'ssh -W %h:22 gate',
    'corkscrew ssh -W %h:%p',
  ])('is told where it wants ProxyCommand %s run', (command) => {
    const text = `Host 10.*\nProxyCommand ${command}\n`
    expect(() => route(text)).toThrow(Unreachable)
    expect(() => route(text)).toThrow(expect.objectContaining({ host: 'zk1', exit: 4 }))
    expect(shown(text, { jump: [] })).toEqual(['dman@10.0.0.11:22'])
  })
  it('that leads a jump host through itself is refused', () => {
    expect(() => route('Host *\nProxyJump gate\n')).toThrow(expect.objectContaining({ exit: 3 }))
    expect(shown('Host * !gate\nProxyJump gate\n')).toEqual(['ann@gate:22 jump', 'dman@10.0.0.11:22'])
  })
})
