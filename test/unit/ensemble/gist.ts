import { hostsOf, type Next } from '../../../src/ensemble/plan/step.ts'
import { exitOf } from '../../../src/model/failure.ts'
import { formatMember } from '../../../src/zookeeper/config.ts'

/** A decision in one line, as a test expects it. */
export function gist(next: Next): string {
  if (next.is === 'nothing') return 'nothing'
  if (next.is === 'wait') return `wait for ${next.for}`
  if (next.is === 'refuse') {
    const hosts = [...new Set(next.why.flatMap(({ host }) => host ?? []))].join()
    return `refuse ${exitOf(next.why)}${hosts === '' ? '' : ` ${hosts}`}`
  }
  const { step } = next
  const hosts = hostsOf(step).join()
  if (step.kind === 'record')
    return `record ${[hosts, step.founded === undefined ? '' : 'founded'].filter(Boolean).join()}`
  if (step.kind === 'stop') return `stop ${hosts}`
  if (step.kind === 'reconfig') {
    const { joining, leaving } = step.change
    return `reconfig ${hosts}: ${[...joining.map(formatMember), ...leaving.map((id) => `-${id}`)].join()}`
  }
  const confs = [...new Set(step.turns.map(({ conf }) => conf))].join()
  return `${step.kind} ${hosts} (${confs})${step.kind === 'found' ? ' with initialize' : ''}`
}
