import { describe, expect, it } from 'vitest'
import { type Asked, lookUp } from '../../../src/ssh/config.ts'
import { ConfigProblem, type ConfigText, parseConfig } from '../../../src/ssh/config-lines.ts'

const here = {
  home: '/home/ann',
  localUser: 'ann',
  localHost: 'desk.example.net',
  uid: 1000,
  env: { SOCK: '/run/agent' },
}
const of = (text: string, asked: Partial<Asked> = {}) =>
  lookUp([parseConfig(text, 'f')], { name: 'zk1', ...asked }, here)

describe('what ssh’s configuration says of a host', () => {
  it('is nothing where no block is about it', () => {
    expect(of('Host zk2\n  User x\n  Port 1\n')).toEqual({ address: 'zk1', identitiesOnly: false, leftOut: [] })
  })
  it('is the first value of each keyword, and every IdentityFile', () => {
    const text =
      'Host zk1\nUser ann\nIdentityFile ~/a\nHost zk*\nUser bob\nPort 2222\nIdentityFile /b\nIdentityFile ~/a\n'
    expect(of(text)).toMatchObject({ user: 'ann', port: 2222, identityFiles: ['/home/ann/a', '/b'] })
  })
  it('gives way to what was given with the name', () => {
    expect(of('User ann\nPort 1\n', { user: 'bob', port: 2 })).toMatchObject({ user: 'bob', port: 2 })
    expect(of('Match user bob\nHostName 10.0.0.11\n', { user: 'bob' }).address).toBe('10.0.0.11')
  })
  it('has tokens and variables filled in', () => {
    const text = [
      ...[
        'HostName %h.Example.net',
        'User root',
        'IdentityFile %d/.ssh/%r@%h:%p-%n-%u-%L-%i-%%',
        'IdentityAgent ${SOCK}',
      ],
      ...['UserKnownHostsFile ~/.ssh/%k "/a b"', 'ProxyJump ops@%h-gate:22 , [fd00::1]', 'HostKeyAlias %h'],
    ].join('\n')
    expect(of(text)).toEqual({
      address: 'zk1.example.net',
      user: 'root',
      identityFiles: ['/home/ann/.ssh/root@zk1.example.net:22-zk1-ann-desk-1000-%'],
      identitiesOnly: false,
      agent: '/run/agent',
      knownHosts: ['/home/ann/.ssh/%h', '/a b'],
      proxyJump: 'ops@zk1.example.net-gate:22,[fd00::1]',
      hostKeyAlias: 'zk1.example.net',
      leftOut: [],
    })
  })
  it.each([
    ['none', null],
    ['SSH_AUTH_SOCK', undefined],
    ['$SOCK', '/run/agent'],
    ['$GONE', null],
    ['~/agent', '/home/ann/agent'],
  ])('IdentityAgent %s is %o', (text, agent) => {
    expect(of(`IdentityAgent ${text}\n`).agent).toBe(agent)
  })
  it('knows no key at all behind `none`, and goes by whichever of ProxyJump and ProxyCommand comes first', () => {
    expect(of('IdentityFile none\n').identityFiles).toEqual([])
    expect(of('ProxyJump none\nProxyCommand nc %h %p\n')).not.toHaveProperty('proxyCommand')
    expect(of('ProxyCommand nc %h %p # x\nProxyJump b\n')).toMatchObject({ proxyCommand: 'nc %h %p # x' })
    expect(of('ProxyCommand nc %h %p\nProxyJump b\n')).not.toHaveProperty('proxyJump')
  })
  it('tells what it leaves out where that may matter, and only there', () => {
    const text = [
      ...['Match exec "on-vpn"', 'ProxyJump gate', 'Compression yes', 'User ann', 'Match host other exec x', 'Port 1'],
      ...['Host *', 'User bob', 'BindAddress 10.0.0.1', 'CanonicalizeHostname no', 'Host zk2', 'CertificateFile c'],
    ].join('\n')
    expect(of(text).leftOut).toEqual([
      'f:2: ProxyJump is left out: whether `Match exec` holds is not looked at',
      'f:4: User is left out: whether `Match exec` holds is not looked at',
      'f:9: BindAddress is not followed',
    ])
    expect(of(`User given\n${text}`).leftOut).toHaveLength(2)
  })
  it('counts what is included as far as the line that includes it', () => {
    const inner = parseConfig('User ann\nHost zk2\nPort 1\nHost zk1\nPort 2\n', 'inner')
    const including = (text: string): ConfigText =>
      parseConfig(text, 'f').map((line) => (line.keyword === 'include' ? { ...line, included: [inner] } : line))
    const about = (text: string) => lookUp([including(text)], { name: 'zk1' }, here)
    expect(about('Host zk1\nInclude x\nHostName h\n')).toMatchObject({ user: 'ann', port: 2, address: 'h' })
    expect(about('Host zk2\nInclude x\n')).toEqual({ address: 'zk1', identitiesOnly: false, leftOut: [] })
    expect(about('Match exec x\nInclude x\n').leftOut.map((text) => text.split(' ')[0])).toEqual([
      'inner:1:',
      'inner:5:',
    ])
  })
  it('is looked up again for Match final, by the name found first, which stays', () => {
    const text = 'Match final host 10.*\nUser ann\nHostName other\nHost zk1\nHostName 10.0.0.11\n'
    expect(of(text)).toMatchObject({ address: '10.0.0.11', user: 'ann' })
  })
  it.each(['Port 0', 'Port 65536', 'Port ssh', 'User', 'IdentitiesOnly maybe', 'IdentityFile %C', 'HostName %p'])(
    '%s is refused',
    (text) => {
      expect(() => of(text)).toThrow(ConfigProblem)
    },
  )
})
