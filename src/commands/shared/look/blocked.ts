import { refusals } from '../../../hosts/preflight.ts'
import { probeOver, reachability } from '../../../hosts/reach.ts'
import { throwAll } from '../../../model/failure.ts'
import { unlessInterrupted } from '../run/interrupted.ts'
import type { Run } from '../run/run.ts'
import type { Fleet } from './fleet.ts'
/** Where members move, all others reach them at their new ports, or nothing is begun: a blocked one would show when it is needed, in an election. */
export async function refuseBlocked(run: Run, fleet: Fleet): Promise<void> {
  throwAll(refusals(await unlessInterrupted(run, reachability(run.inventory, probeOver(fleet.connections)))))
}
