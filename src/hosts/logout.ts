import type { HostFacts } from '../remote/host-facts.ts'
import { usableCrontab } from './crontab.ts'

/** Whether cron starts again what a login took down. Pure. */
export const cronStarts = (facts: Pick<HostFacts, 'machine' | 'crontab'>): boolean =>
  usableCrontab(facts).is !== 'unknown'

/** What follows where a login takes down all that it started, and what to ask the administrator for; undefined where it does not. Pure. */
export function logoutProblem(
  facts: Pick<HostFacts, 'machine' | 'crontab'>,
): { readonly got: string; readonly hint: string } | undefined {
  const { logind } = facts.machine
  if (logind.is !== 'present' || !logind.value.kills) return undefined
  const { user, lingers } = logind.value
  const after = cronStarts(facts) ? 'and cron starts them again within a minute' : 'and nothing starts them again'
  const got = `systemd-logind ends what a login leaves running (KillUserProcesses): server and supervisor end as the run that started them logs out, ${after}`
  const linger = lingers ? ': that the user lingers is not enough, it keeps services alone' : ''
  const hint = `ask the administrator for KillExcludeUsers=${user} below [Login] in /etc/systemd/logind.conf.d/${user}.conf${linger}`
  return { got, hint }
}
