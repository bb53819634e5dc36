import { Failure } from '../../src/model/failure.ts'

/** The Failure that a call rejects with. */
export async function failing(promise: Promise<unknown>): Promise<Failure> {
  const thrown: unknown = await promise.then(
    () => 'it succeeded',
    (error: unknown) => error,
  )
  if (thrown instanceof Failure) return thrown
  throw new Error(`no Failure: ${thrown instanceof Error ? (thrown.stack ?? '') : String(thrown)}`)
}
