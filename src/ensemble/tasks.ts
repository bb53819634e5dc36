import type { Emit } from '../model/event.ts'
import { type Failure, LockLost } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import type { Goal } from './desired.ts'
import { type EnsembleFacts, memberOf, servingOf } from './facts.ts'
import { toRestart } from './plan/roll.ts'
import { hostsOf, named, type Next, type Step } from './plan/step.ts'

/** Tells what the loop does as events of the tasks `ensemble/<host>`. */
export type Tasks = ReturnType<typeof tasks>

const verbs: Readonly<Record<Exclude<Step['kind'], 'record'>, string>> = {
  found: 'is founded',
  join: 'joins',
  reconfig: 'changes its place',
  start: 'is started',
  restart: 'is restarted',
  rejoin: 'is repaired',
  'put-back': 'is put back',
  stop: 'is stopped',
}

function serves(now: EnsembleFacts, host: HostName): boolean {
  const member = memberOf(now, host)
  return member !== undefined && servingOf(member) !== undefined
}

/** Tells who is next in a roll, as it looks by now (the leader may be another by then), and at the end that it was left alone. */
function announcing(emit: Emit) {
  let next: HostName | undefined
  const over = (): void => {
    if (next !== undefined)
      emit({ task: `ensemble/${next}`, host: next, is: 'ended', outcome: 'unchanged', note: 'not restarted' })
    next = undefined
  }
  return {
    over,
    after(step: Step, later: readonly HostName[]): void {
      const hosts = hostsOf(step)
      if (next !== undefined && hosts.includes(next)) next = undefined
      const host = step.kind === 'restart' ? later.find((each) => !hosts.includes(each)) : undefined
      if (host === undefined || host === next) return
      over()
      next = host
      emit({ task: `ensemble/${host}`, host, is: 'waiting', for: `${named(hosts)}, and is next` })
    },
  }
}

export function tasks(emit: Emit) {
  const open = new Set<HostName>()
  let said = ''
  const next = announcing(emit)
  const end = (host: HostName, outcome: 'done' | 'failed', note?: string) => {
    open.delete(host)
    emit({ task: `ensemble/${host}`, host, is: 'ended', outcome, ...(note === undefined ? {} : { note }) })
  }
  return {
    begins({ step, reason }: Next & { is: 'step' }, goal: Goal, now: EnsembleFacts): void {
      said = ''
      if (step.kind === 'record') return
      const later = toRestart(goal, now).map(({ want }) => want.host)
      const goesOn = [...later, ...hostsOf(step)]
      for (const host of open) if (!goesOn.includes(host) && serves(now, host)) end(host, 'done', 'serves')
      for (const host of hostsOf(step)) {
        open.add(host)
        emit({ task: `ensemble/${host}`, host, is: 'begun', title: `${verbs[step.kind]}: ${reason}` })
      }
      next.after(step, later)
    },
    /** told once for as long as it is the same */
    waits({ for: words, hosts }: Next & { is: 'wait' }): void {
      if (said === words) return
      said = words
      const shown = hosts.filter((host) => open.has(host))
      if (shown.length === 0) emit({ task: 'ensemble', is: 'waiting', for: words })
      for (const host of shown) emit({ task: `ensemble/${host}`, host, is: 'waiting', for: words })
    },
    /** what a step said although all is well now */
    overcome(troubles: readonly Failure[]): void {
      for (const { message, host } of troubles) {
        const task = host === undefined ? 'ensemble' : `ensemble/${host}`
        emit({
          task,
          ...(host === undefined ? {} : { host }),
          is: 'log',
          level: 'warn',
          text: `${message}; it went on`,
        })
      }
    },
    /** a step that the lock did not allow: its hosts are not done, whatever they do */
    fails(step: Step, failures: readonly Failure[]): void {
      const why = failures.find((failure) => failure.host === undefined || failure instanceof LockLost)
      if (why !== undefined) for (const host of hostsOf(step)) if (open.has(host)) end(host, 'failed', why.got)
    },
    ends(failures: readonly Failure[], now: EnsembleFacts): void {
      next.over()
      for (const host of open) {
        const failure = failures.find((each) => each.host === host)
        if (failure !== undefined) end(host, 'failed', failure.got)
        else if (serves(now, host)) end(host, 'done', 'serves')
        else end(host, 'done')
      }
    },
  }
}
