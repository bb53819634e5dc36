import type { EnsembleFacts, Leading } from '../../../src/ensemble/facts.ts'
import { present } from '../../../src/model/fact.ts'

/** The same facts, with other numbers of the leader. */
export function withLeading(facts: EnsembleFacts, change: Partial<Leading>): EnsembleFacts {
  const members = facts.members.map((member) => {
    if (member.serving.is !== 'present' || member.serving.value.leading === undefined) return member
    const { value } = member.serving
    return { ...member, serving: present({ ...value, leading: { ...value.leading, ...change } }) }
  }) as EnsembleFacts['members']
  return { ...facts, members }
}
