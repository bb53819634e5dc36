import type { HostName } from './names.ts'

/** 1 failed · 3 bad usage or inventory · 4 unreachable or login refused · 5 refused, quorum or data at risk · 6 locked · 130 interrupted */
export type FailureExit = 1 | 3 | 4 | 5 | 6 | 130

/** What a Failure is made of; `exit` is 1 where it is not given. */
export interface FailureParts {
  readonly host?: HostName | undefined
  readonly step: string
  readonly got: string
  readonly hint: string
  readonly exit?: FailureExit
  readonly cause?: unknown
}

/**
 * An error as its user sees it: which host, what was tried (`step`), what came back (`got`), what to do next (`hint`).
 * Matched by its class, never by its text or exit code; what has to be matched has a class of its own.
 */
export class Failure extends Error {
  override readonly name: string = 'Failure'
  readonly host: HostName | undefined
  readonly step: string
  readonly got: string
  readonly hint: string
  readonly exit: FailureExit

  constructor(what: FailureParts) {
    super(`${what.host === undefined ? '' : `${what.host}: `}${what.step}: ${what.got}`, { cause: what.cause })
    this.host = what.host
    this.step = what.step
    this.got = what.got
    this.hint = what.hint
    this.exit = what.exit ?? 1
  }

  /** The same failure, of the same class, told of a host where it did not name one yet. */
  of(host: HostName): this {
    if (this.host !== undefined) return this
    const Same = this.constructor as new (what: FailureParts) => this
    return new Same({ ...this.parts(), host })
  }

  /** What its class makes another one of; a class with more fields adds them. */
  parts(): FailureParts & { readonly exit: FailureExit } {
    const { host, step, got, hint, exit, cause } = this
    return { host, step, got, hint, exit, cause }
  }
}

/** Failures whose class says what the exit code is. */
export type Classed = Omit<FailureParts, 'exit'>

/** A host, or what serves on it, cannot be reached, or the login is refused. */
export class Unreachable extends Failure {
  override readonly name: string = 'Unreachable'
  constructor(what: Classed) {
    super({ ...what, exit: 4 })
  }
}

/** Ctrl-C, or another signal that ends a run, came before this. */
export class Interrupted extends Failure {
  override readonly name: string = 'Interrupted'
  constructor(what: Classed) {
    super({ ...what, exit: 130 })
  }
}

/** A call broke off: nobody knows how far it came. */
export class OutcomeUnknown extends Unreachable {
  override readonly name: string = 'OutcomeUnknown'
}

/** Another run holds the lock, and lives. */
export class LockHeld extends Failure {
  override readonly name: string = 'LockHeld'
  constructor(what: Classed) {
    super({ ...what, exit: 6 })
  }
}

/** The lock that this run held is not its own any more. */
export class LockLost extends Failure {
  override readonly name: string = 'LockLost'
  constructor(what: Classed) {
    super({ ...what, exit: 6 })
  }
}

/** The lock is held, or still answers, on too few hosts. */
export class NoMajority extends Failure {
  override readonly name: string = 'NoMajority'
  constructor(what: Classed) {
    super({ ...what, exit: 4 })
  }
}

/** Nothing of it was begun on that host (or, where it names none, on any): what it was decided by no longer held. */
export class NotBegun extends Failure {
  override readonly name: string = 'NotBegun'
}

/** Where it was to be done it was refused: data would be at risk, or a later version wrote what is there. */
export class Refused extends Failure {
  override readonly name: string = 'Refused'
  constructor(what: Classed) {
    super({ ...what, exit: 5 })
  }
}

type SomeFailures = readonly [Failure, ...Failure[]]

/** What ends a run is always told, also where nobody said what it was. */
function some([first, ...more]: readonly Failure[], step = 'run'): SomeFailures {
  const untold = () => new Failure({ step, got: 'it failed, and nothing says why', hint: defect })
  return [first ?? untold(), ...more]
}
const defect = 'this is a defect of dman-bootstrap; --verbose shows where'

/** Several problems that were found together, all of them shown; the exit code is the first of 130, 3, 6, 5, 4, 1 that occurs. */
export class Failures extends Error {
  override readonly name: string = 'Failures'
  readonly all: SomeFailures
  constructor(failures: readonly Failure[]) {
    const all = some(failures)
    super(all.map((failure) => failure.message).join('\n'))
    this.all = all
  }
  get exit(): FailureExit {
    return exitOf(this.all)
  }
}

const precedence: readonly FailureExit[] = [130, 3, 6, 5, 4, 1]

/** Of several problems the first of 130, 3, 6, 5, 4, 1 counts (docs/design.md, Commands and exit codes). */
export const exitOf = (failures: readonly { exit: FailureExit }[]): FailureExit =>
  precedence.find((code) => failures.some(({ exit }) => exit === code)) ?? 1

/** Throws them, if there are any. */
export function throwAll(failures: readonly Failure[]): void {
  if (failures.length > 0) throw new Failures(failures)
}

/** Whatever was thrown, as Failures that can be shown; a defect of ours is told as such. */
export function failuresOf(thrown: unknown, step = 'run'): SomeFailures {
  if (thrown instanceof Failure) return [thrown]
  if (thrown instanceof Failures) return thrown.all
  if (thrown instanceof AggregateError) {
    return some(
      thrown.errors.flatMap((error) => failuresOf(error, step)),
      step,
    )
  }
  return [new Failure({ step, got: wordsOf(thrown), hint: defect, cause: thrown })]
}

/** What fails in `work` names this host, where it names none yet. */
export async function onHost<T>(host: HostName, work: () => Promise<T>, step?: string): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw new Failures(failuresOf(thrown, step).map((failure) => failure.of(host)))
  }
}

/** What was thrown says, whatever it is. */
export const wordsOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
