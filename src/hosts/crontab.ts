import { absent, type Fact, present, unknown } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import type { HostFacts } from '../remote/host-facts.ts'

/** How a line of ours in a user's crontab ends; the shell reads it as a comment. `format` as in everything that we leave. */
const markOf = (place: string): string => `# dman-bootstrap format: 1 ${place}`

/** What our lines in a crontab are, as text with its line ends, and the mark by which they are known. */
export interface CronLines {
  readonly mark: string
  readonly text: string
}

type Where = Pick<HostFacts['machine'], 'home'>

/**
 * The lines that bring the supervisor back each minute and after a reboot. The whole path, for cron's HOME may be another; `/bin/sh`, for the
 * crontab may name another shell (so no redirection outside of the quotes); `\%`, for cron ends a command at a plain one.
 */
export function cronLines({ home: userHome }: Where, home: string): CronLines {
  const place = `${userHome}/${home}`
  const mark = markOf(place)
  const command = `/bin/sh -c 'exec >/dev/null 2>&1; umask 077; cd -- "$0" && exec /bin/sh bin/supervise' ${quoted(place)} ${mark}`
  const line = command.replaceAll('%', '\\%')
  return { mark: mark.replaceAll('%', '\\%'), text: `* * * * * ${line}\n@reboot ${line}\n` }
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Lines of ours in a crontab's text, as text. */
export const ownLines = (crontab: string, { mark }: CronLines): string =>
  crontab
    .split('\n')
    .filter((line) => line.endsWith(mark))
    .map((line) => `${line}\n`)
    .join('')

/**
 * The user's crontab, where lines in it would be run; absent where the user has none yet. Unknown, with what is in the way, where cron
 * cannot be used: unreadable, forbidden, no crontab command, no crond; then nothing is written to it (case 36).
 */
export function usableCrontab({ machine, crontab }: Pick<HostFacts, 'machine' | 'crontab'>): Fact<string> {
  const { allowed, running } = machine.cron
  if (allowed.is === 'present' && !allowed.value) return cannot('this user may not use crontab')
  if (crontab.is === 'unknown') return cannot(`the crontab cannot be read: ${crontab.why.got}`)
  if (allowed.is === 'unknown') return cannot(`whether crontab may be used is not known: ${allowed.why.got}`)
  if (allowed.is === 'absent') return cannot('there is no crontab command')
  if (running.is === 'absent' || (running.is === 'present' && !running.value)) return cannot('crond does not run')
  if (machine.home.includes('\n')) return cannot('the name of the home folder has more than one line')
  return crontab
}

const cannot = (got: string): Fact<never> =>
  unknown(new Failure({ step: 'look at the crontab', got, hint: withoutCron }))

/** What follows where cron cannot be used. */
export const withoutCron = 'nothing is written to it: after a reboot the member stays down until `dman-bootstrap up`'

/** Whether our lines are in the crontab as they are to be; unknown, with the reason, where cron cannot be used. */
export function hasCronLines(facts: Pick<HostFacts, 'machine' | 'crontab'>, home: string): Fact<true> {
  const crontab = usableCrontab(facts)
  if (crontab.is !== 'present') return crontab
  const want = cronLines(facts.machine, home)
  return ownLines(crontab.value, want) === want.text ? present(true) : absent
}
