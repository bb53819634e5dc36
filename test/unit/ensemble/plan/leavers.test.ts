import { describe, expect, it } from 'vitest'
import { leavers } from '../../../../src/ensemble/plan/leavers.ts'
import type { Step } from '../../../../src/ensemble/plan/step.ts'
import { ensemble } from '../../build.ts'

describe('members that leave', () => {
  const leave = (host: string, id: number): Step => ({
    kind: 'reconfig',
    hosts: [host],
    change: { joining: [], leaving: [id], from: '1' },
    left: { host, id, address: `10.0.0.${id}`, stopped: false },
  })

  it('are asked about for good; who cannot be reached is said to run on', () => {
    const built = ensemble(5).cut('zk5')
    expect(leavers(built.converge(), built.facts, [])).toEqual({ unseen: [], words: '' })
    expect(leavers(built.converge(), built.facts, [leave('zk4', 4), leave('zk5', 5)])).toEqual({
      unseen: ['zk5'],
      words: 'zk4 and zk5 leave the ensemble. zk5 cannot be reached, so nothing stops what may run there.',
    })
  })
})
