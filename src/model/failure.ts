import type { HostName } from './names.ts'

/** 1 failed · 3 bad usage or inventory · 4 unreachable or login refused · 5 refused, quorum or data at risk · 6 locked · 130 interrupted */
export type FailureExit = 1 | 3 | 4 | 5 | 6 | 130

/**
 * An error as its user sees it: which host, what was tried (`step`), what came back (`got`), what to do next (`hint`).
 * Matched by class and fields, never by its text.
 */
export class Failure extends Error {
  override readonly name: string = 'Failure'
  readonly host: HostName | undefined
  readonly step: string
  readonly got: string
  readonly hint: string
  readonly exit: FailureExit

  constructor(what: {
    host?: HostName | undefined
    step: string
    got: string
    hint: string
    exit?: FailureExit
    cause?: unknown
  }) {
    super(`${what.host === undefined ? '' : `${what.host}: `}${what.step}: ${what.got}`, { cause: what.cause })
    this.host = what.host
    this.step = what.step
    this.got = what.got
    this.hint = what.hint
    this.exit = what.exit ?? 1
  }

  /** The same failure, told of a host where it did not name one yet. */
  of(host: HostName): Failure {
    return this.host === undefined ? new Failure({ ...this.parts(), host }) : this
  }

  parts() {
    const { host, step, got, hint, exit, cause } = this
    return { host, step, got, hint, exit, cause }
  }
}

/** Several problems that were found together, all of them shown; the exit code is the first of 130, 3, 6, 5, 4, 1 that occurs. */
export class Failures extends Error {
  override readonly name: string = 'Failures'
  constructor(readonly all: readonly Failure[]) {
    super(all.map((failure) => failure.message).join('\n'))
  }
  get exit(): FailureExit {
    return exitOf(this.all)
  }
}

const precedence: readonly FailureExit[] = [130, 3, 6, 5, 4, 1]

/** Of several problems the first of 130, 3, 6, 5, 4, 1 counts (DESIGN section 7). */
export const exitOf = (failures: readonly { exit: FailureExit }[]): FailureExit =>
  precedence.find((code) => failures.some(({ exit }) => exit === code)) ?? 1

/** Whatever was thrown, as Failures that can be shown; a defect of ours is told as such. */
export function failuresOf(thrown: unknown, step = 'run'): readonly Failure[] {
  if (thrown instanceof Failure) return [thrown]
  if (thrown instanceof Failures) return thrown.all
  if (thrown instanceof AggregateError) return thrown.errors.flatMap((error) => failuresOf(error, step))
  const got = thrown instanceof Error ? thrown.message : String(thrown)
  return [new Failure({ step, got, hint: 'this is a defect of dman-bootstrap; --verbose shows where', cause: thrown })]
}
