import { observeHosts } from '../hosts/observe.ts'
import { preflight } from '../hosts/preflight.ts'
import type { Finding } from '../hosts/preflight/finding.ts'
import { probeOver, reachability } from '../hosts/reach.ts'
import { absent, present, unknown } from '../model/fact.ts'
import { exitOf } from '../model/failure.ts'
import { withFleet } from './shared/look/fleet.ts'
import { prepareLook } from './shared/prepare/prepare.ts'
import { unlessInterrupted } from './shared/run/interrupted.ts'
import type { Result } from './shared/run/result.ts'
import type { Run } from './shared/run/run.ts'

/** Preflight: one question round to every host, then whether every pair can reach each other's peer ports. */
export const check = async (run: Run): Promise<Result> => {
  const { inventory } = run
  const { java, zookeeper, founding } = await prepareLook(run)
  return withFleet(run, async (fleet) => {
    const [seen, reached] = await unlessInterrupted(
      run,
      Promise.all([observeHosts(fleet.remotes, inventory), reachability(inventory, probeOver(fleet.connections))]),
    )
    const facts = new Map([...seen, ...[...fleet.unreached].map(([host, why]) => [host, unknown(why)] as const)])
    const id = founding.is === 'present' ? present(founding.value.id) : absent
    const findings = [...preflight({ inventory, archives: [java, zookeeper], founding: id }, facts), ...reached]
    const refused = findings.filter(({ level }) => level === 'refusal')
    const ok = refused.length === 0
    const exit = ok ? 0 : exitOf(refused.map((finding) => ({ exit: finding.exit ?? 1 })))
    return { is: 'check', check: { ensemble: inventory.ensemble, ok, findings: findings.map(shown) }, exit }
  })
}

const shown = ({ host, question, level, got, hint }: Finding) => ({ host, question, level, got, hint })
