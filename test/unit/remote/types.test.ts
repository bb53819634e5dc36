import { expect, expectTypeOf, test } from 'vitest'
import type { Fleet } from '../../../src/commands/shared/look/fleet.ts'
import type { Changes, Locked, Reads, Remote, Streams } from '../../../src/remote/remote.ts'
import { type Token, tokenOf } from '../../../src/remote/token.ts'

// What tsc refuses here is what keeps a dry run from changing a host: these lines fail the compiler once it is allowed.

declare const reads: Reads<string, number>
declare const changes: Changes<string, number>
declare const streams: Streams<string>

test('what changes a host cannot be asked of one whose lock is not held', () => {
  const asked = (remote: Remote) => [
    remote.ask(reads, ''),
    // @ts-expect-error a script that changes is none that reads
    remote.ask(changes, ''),
    // @ts-expect-error nor is its answer a stream
    remote.open(changes, ''),
  ]
  expectTypeOf(asked).parameter(0).not.toHaveProperty('change')
  expectTypeOf<Remote>().not.toHaveProperty('send')
  expectTypeOf<Locked>().toHaveProperty('change')
  expectTypeOf<Remote>().not.toExtend<Locked>()
})

test('what streams is opened and nothing else is', () => {
  const asked = (remote: Remote) => [
    remote.open(streams, ''),
    // @ts-expect-error it has no records to answer with
    remote.ask(streams, ''),
    // @ts-expect-error what answers with records is no stream
    remote.open(reads, ''),
  ]
  expectTypeOf(asked).parameter(0).toEqualTypeOf<Remote>()
})

test('what reads is not sent with the token of what changes', () => {
  // @ts-expect-error it needs no lock
  const changed = (locked: Locked) => locked.change(reads, '')
  expectTypeOf(changed).returns.resolves.toEqualTypeOf<number>()
})

test('a token comes of taking the lock, and is not made by hand', () => {
  // @ts-expect-error it lacks what only its class has
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- this is what is tried
  const byHand: Token = { host: 'zk1', text: 'ab', taken: true }
  expect(byHand).not.toBeInstanceOf(tokenOf('zk1', 'ab').constructor)
})

test('a fleet runs nothing on its hosts', () => {
  type Connected = Fleet['connections'] extends ReadonlyMap<string, infer C> ? C : never
  expectTypeOf<Connected>().toHaveProperty('forward')
  expectTypeOf<Connected>().not.toHaveProperty('exec')
})
