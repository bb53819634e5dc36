import { describe, expect, it } from 'vitest'
import { place, routeOf } from '../../../src/ssh/target.ts'

const target = { host: 'zk1', address: '10.0.0.11', port: 22, user: 'dman', knownHosts: '/k', jump: [] as string[] }
const hops = (...jump: string[]) =>
  routeOf({ ...target, jump }).map(({ user, address, port, isJump }) => [user, address, port, isJump])

describe('the way to a host', () => {
  it('goes over the jump hosts in their order, the target last', () => {
    expect(hops('ops@bastion.example.net', 'inner:2222')).toEqual([
      ['ops', 'bastion.example.net', 22, true],
      ['dman', 'inner', 2222, true],
      ['dman', '10.0.0.11', 22, false],
    ])
  })
  it('takes IPv6 addresses in brackets', () => {
    expect(hops('ops@[fd00::1]:2222', '[fd00::2]')).toEqual([
      ['ops', 'fd00::1', 2222, true],
      ['dman', 'fd00::2', 22, true],
      ['dman', '10.0.0.11', 22, false],
    ])
    expect(place({ address: 'fd00::1', port: 22 })).toBe('[fd00::1]:22')
  })
  it.each(['', '@', 'ops@', 'host:0', 'host:65536', 'host:ssh', 'a@b@c', '[fd00::1', 'ops@fd00::1'])(
    'refuses %o',
    (text) => {
      expect(() => hops(text)).toThrow(expect.objectContaining({ host: 'zk1', exit: 3 }))
    },
  )
  it('gives the identity to every hop and the password to the target alone', () => {
    const [first, last] = routeOf({ ...target, jump: ['b'], identity: '/id' })
    expect(first).toMatchObject({ identity: '/id' })
    expect(first).not.toHaveProperty('password')
    expect(last).toMatchObject({ identity: '/id' })
  })
})
