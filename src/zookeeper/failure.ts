import { Failure, wordsOf } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import { ZooKeeperError } from './zookeeper.ts'

const hints = new Map([
  ['CONNECTION_LOSS', "look at `status` and at the member's own log, then run again"],
  ['OPERATION_TIMEOUT', "the member is overloaded, frozen or without a quorum: look at `status` and the member's log"],
  ['SESSION_EXPIRED', 'the session was lost: run again'],
  ['AUTH_FAILED', "the ensemble refuses the password of secrets.json: is it this ensemble's?"],
  ['NO_AUTH', "an ACL forbids it: is the password of secrets.json this ensemble's?"],
  ['MARSHALLING_ERROR', 'see what listens on that port: it should be our ZooKeeper'],
  ['REQUEST_TOO_LARGE', 'make the value smaller, or raise jute.maxbuffer on every member and client'],
])

/** What a call of this folder rejected with, as its user sees it. A Failure, such as one of the dialling, stays what it is. */
export function failureOf(thrown: unknown, step: string, host?: HostName): Failure {
  if (thrown instanceof Failure) return host === undefined ? thrown : thrown.of(host)
  const got = wordsOf(thrown)
  const code = thrown instanceof ZooKeeperError ? thrown.code : ''
  return new Failure({ host, step, got, hint: hints.get(code) ?? "see the member's log", cause: thrown })
}
