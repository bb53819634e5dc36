import { describe, expect, it } from 'vitest'
import type { EnsembleFacts } from '../../../../src/ensemble/facts.ts'
import { nextStep } from '../../../../src/ensemble/plan/next-step.ts'
import { addStep, beginTrail } from '../../../../src/ensemble/plan/trail.ts'
import { present } from '../../../../src/model/fact.ts'
import { ensemble, type EnsembleBuilder, oldConf } from '../../build.ts'
import { gist } from '../gist.ts'

/** zk4 does not belong yet. */
const ofThree = ({ facts }: EnsembleBuilder): EnsembleFacts => ({
  ...facts,
  config:
    facts.config.is === 'present'
      ? present({ ...facts.config.value, members: facts.config.value.members.filter(({ id }) => id !== 4) })
      : facts.config,
})
const four = ensemble(4).leader('zk3')

describe('members that come in', () => {
  it('are started beside those that serve', () =>
    expect(nextStep(four.converge(), ofThree(four.empty('zk4')))).toMatchObject({
      is: 'step',
      step: { kind: 'join', turns: [{ host: 'zk4' }] },
      reason: 'it comes in; it follows those that serve, without a vote yet',
    }))

  it('case 27: tells what Java printed last where the server of one ended', () => {
    const before = ofThree(four.empty('zk4'))
    const next = nextStep(four.converge(), before)
    if (next.is !== 'step') throw new Error(gist(next))
    const facts = ofThree(four.down('zk4'))
    const server = { pid: 7, start: '1', nonce: 'n', conf: oldConf, alive: false, lastWords: 'Caused by: it' }
    const members = facts.members.map((member) =>
      member.host === 'zk4' && member.laid.is === 'present'
        ? { ...member, laid: present({ ...member.laid.value, server: present(server) }) }
        : member,
    )
    const end = nextStep(four.converge(), { ...facts, members }, addStep(beginTrail(0), next.step, before, 0))
    expect(gist(end)).toBe('refuse 1 zk4')
    expect(end.is === 'refuse' && end.why[0].got).toBe(
      'it was started beside the others: its server ended (Java said last: Caused by: it)',
    )
  })
})
