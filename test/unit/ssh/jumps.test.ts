import { describe, expect, it, vi } from 'vitest'
import { Unreachable } from '../../../src/model/failure.ts'
import { patient } from '../../../src/ssh/asking.ts'
import type { Connection } from '../../../src/ssh/connection.ts'
import { type LogIn, newJumps } from '../../../src/ssh/jumps.ts'
import type { Hop } from '../../../src/ssh/target.ts'

const hop = (host: string, more: Partial<Hop> = {}): Hop => ({
  ...{ host, address: 'gate', port: 22, user: 'ops', identitiesOnly: false, knownHosts: [], isJump: true },
  ...more,
})
const no = () => Promise.reject(new Error('not here'))
const never = () => patient(new AbortController().signal)

/** A login that ends when the test says so. */
function login() {
  let over: () => void = () => undefined
  let settle: { done: () => void; fail: (error: Error) => void } | undefined
  const close = vi.fn(() => over())
  const connection: Connection = { host: 'zk1', exec: no, forward: no, goBeside: no, close }
  const logIn = vi.fn<LogIn>((_, ended) => {
    over = ended
    return new Promise((resolve, reject) => (settle = { done: () => resolve(connection), fail: reject }))
  })
  return { logIn, close, lose: () => over(), done: () => settle?.done(), fail: (error: Error) => settle?.fail(error) }
}

describe('the connection to a jump host', () => {
  it('is one for all hosts, and ends with the last of them', async () => {
    const [jumps, { logIn, close, done }] = [newJumps(), login()]
    const taken = ['zk1', 'zk2', 'zk3'].map((host) => jumps.take([hop(host)], never(), logIn))
    done()
    const [first, ...others] = await Promise.all(taken)
    expect(logIn).toHaveBeenCalledTimes(1)
    expect([first, ...others].map((one) => one?.host)).toEqual(['zk1', 'zk2', 'zk3'])
    for (let time = 0; time < 5; time++) first?.close()
    others[0]?.close()
    await Promise.resolve()
    expect(close).not.toHaveBeenCalled()
    others[1]?.close()
    await vi.waitFor(() => expect(close).toHaveBeenCalledTimes(1))
  })

  it('is another one by another way, as another user, and after it was lost', async () => {
    const [jumps, one] = [newJumps(), login()]
    const take = async (...hops: Hop[]) => {
      const taken = jumps.take(hops, never(), one.logIn)
      one.done()
      return taken
    }
    await take(hop('zk1'))
    await take(hop('zk1', { user: 'ann' }))
    await take(hop('zk2', { address: 'outer' }), hop('zk2'))
    expect(one.logIn).toHaveBeenCalledTimes(3)
    one.lose()
    await take(hop('zk3', { address: 'outer' }), hop('zk3'))
    expect(one.logIn).toHaveBeenCalledTimes(4)
  })

  it('that was refused is not tried again; each host is told with its own name', async () => {
    const [jumps, { logIn, fail }] = [newJumps(), login()]
    const first = jumps.take([hop('zk1')], never(), logIn)
    fail(new Unreachable({ host: 'zk1', step: 'log in', got: 'refused', hint: 'h' }))
    await expect(first).rejects.toMatchObject({ host: 'zk1', exit: 4 })
    await expect(jumps.take([hop('zk2')], never(), logIn)).rejects.toMatchObject({
      host: 'zk2',
      exit: 4,
      got: 'refused',
    })
    expect(logIn).toHaveBeenCalledTimes(1)
  })

  it('is given up once nobody waits for it any more, and closed where it comes about nevertheless', async () => {
    const [jumps, { logIn, close, done }] = [newJumps(), login()]
    const ends = [new AbortController(), new AbortController()]
    const taken = ends.map((end, i) => jumps.take([hop(`zk${i + 1}`)], patient(end.signal), logIn))
    const attempt = logIn.mock.calls[0]?.[0].signal
    ends[0]?.abort(new DOMException('late', 'TimeoutError'))
    await expect(taken[0]).rejects.toMatchObject({
      host: 'zk1',
      exit: 4,
      got: expect.stringContaining('timed out') as string,
    })
    expect(attempt?.aborted).toBe(false)
    ends[1]?.abort(new DOMException('late', 'TimeoutError'))
    await expect(taken[1]).rejects.toMatchObject({ host: 'zk2' })
    expect(attempt?.aborted).toBe(true)
    done()
    await vi.waitFor(() => expect(close).toHaveBeenCalledTimes(1))
  })

  it('stops the clock of all that wait for it while a person is asked, also of who comes later', async () => {
    const [jumps, { logIn, done }] = [newJumps(), login()]
    const ends = [new AbortController(), new AbortController()]
    const late = () => ends.map((end) => end.abort(new DOMException('late', 'TimeoutError')))
    const first = jumps.take([hop('zk1')], patient((ends[0] as AbortController).signal), logIn)
    let answer: (text: string) => void = () => undefined
    const asked = new Promise<string>((resolve) => (answer = resolve))
    const answered = logIn.mock.calls[0]?.[0].while(asked)
    const second = jumps.take([hop('zk2')], patient((ends[1] as AbortController).signal), logIn)
    late()
    answer('sesame')
    expect(await answered).toBe('sesame')
    done()
    expect((await Promise.all([first, second])).map(({ host }) => host)).toEqual(['zk1', 'zk2'])
  })
})
