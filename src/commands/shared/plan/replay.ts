import type { ReplayWith } from '../../../ensemble/backup/take.ts'
import { desiredHost } from '../../../hosts/desired.ts'
import type { Fact } from '../../../model/fact.ts'
import { Failure } from '../../../model/failure.ts'
import { heapBytes } from '../../../model/heap.ts'
import type { HostName } from '../../../model/names.ts'
import { type HostFacts, laidOn } from '../../../remote/host-facts.ts'
import type { Prepared } from '../prepare/prepare.ts'
import type { Run } from '../run/run.ts'

// What a backup is replayed with on a host. No I/O.

/** The releases that `current` links to there. */
export function currentReplay(run: Run, facts: Fact<HostFacts> | undefined): ReplayWith {
  const laid = laidOn(facts)
  const { java, zookeeper } = laid?.conf.links ?? {}
  if (laid === undefined || java === undefined || zookeeper === undefined)
    throw new Failure({
      step: 'replay',
      got: 'current names no Java and ZooKeeper',
      hint: 'see `plan`; `up` lays them',
    })
  const { timeout } = run.options
  return { java, zookeeper, jvm: laid.conf.files['jvm'] ?? '', heap: heapBytes(run.inventory.zookeeper.heap), timeout }
}

/** Those that the inventory asks for. */
export function desiredReplay(run: Run, prepared: Prepared, host: HostName): ReplayWith {
  const { files } = desiredHost(run.inventory, host, prepared).conf
  const { java, zookeeper } = prepared
  const heap = heapBytes(run.inventory.zookeeper.heap)
  const jvm = files['jvm']?.text.reveal() ?? ''
  return { java: java.release, zookeeper: zookeeper.release, jvm, heap, timeout: run.options.timeout }
}
