import { describe, expect, it } from 'vitest'
import { heldByAnother, holderOf, lockState, ofLaterVersion } from '../../../../src/hosts/lock/state.ts'
import { holder, lockFacts } from '../build.ts'

const here = { machine: 'desk', boot: 'desk-boot', pid: 5, start: '50' }
const self = holder('mine', { operator: here, lives: (pid, start) => pid === 6 && start === '60' })
const state = (more: Parameters<typeof lockFacts>[0]) => lockState(lockFacts(more), 'boot-1', self)

describe('the state of a lock', () => {
  it.each([
    ['with our token', { token: 'mine' }, 'ours'],
    ['with our token, of another boot', { token: 'mine', boot: 'before' }, 'ours'],
    ['of another operator with a young heartbeat', {}, 'live'],
    ['with a heartbeat of 15 s', { age: 15 }, 'live'],
    ['with an older heartbeat', { age: 15.1 }, 'dead'],
    ['of another boot of the host', { boot: 'before' }, 'dead'],
    ['of a process here that is gone', { operator: here }, 'dead'],
    ['of a process here whose pid is another process now', { operator: { ...here, pid: 6, start: '59' } }, 'dead'],
    ['of a process here that lives', { operator: { ...here, pid: 6, start: '60' } }, 'live'],
    ['of the same pid on another boot here', { operator: { ...here, boot: 'earlier' } }, 'live'],
    ['of the same pid on another machine', { operator: { ...here, machine: 'other' } }, 'live'],
  ])('case 25: %s', (_, more, expected) => expect(state(more)).toBe(expected))
})

describe('a refusal', () => {
  it('case 24: says who holds the lock, and since when', () => {
    expect(holderOf(lockFacts())).toBe('ann@laptop (pid 17) since 2023-11-14 22:13:20 UTC')
    expect(heldByAnother('zk2', lockFacts())).toMatchObject({
      host: 'zk2',
      exit: 6,
      got: `held by ${holderOf(lockFacts())}`,
    })
  })
  it('case 42: a lock of a later version is not judged', () => {
    expect(ofLaterVersion('zk2', lockFacts({ format: 2 }))).toMatchObject({ host: 'zk2', exit: 5 })
    expect(ofLaterVersion('zk2', lockFacts({ format: 1 }))).toBeUndefined()
  })
})
