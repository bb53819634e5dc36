import type { Logout } from '../../ensemble/plan/logout.ts'
import { named } from '../../ensemble/plan/step.ts'
import { confirm } from './confirm.ts'
import type { Run } from './run.ts'

/** Asks where the service stops as this run logs out, unless that was asked `before`. */
export async function askAtLogout(
  run: Pick<Run, 'options' | 'ask'>,
  logout: Logout | undefined,
  before?: Logout,
): Promise<void> {
  if (logout === undefined || logout.hosts.every((host) => before?.hosts.includes(host))) return
  const { hosts, reason } = logout
  await confirm(run, `On ${named(hosts)}: ${reason}. \`check\` tells what to ask the administrator for.`)
}
