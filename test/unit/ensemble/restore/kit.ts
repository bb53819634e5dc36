import type { EnsembleFacts, MemberLaid } from '../../../../src/ensemble/facts.ts'
import { present } from '../../../../src/model/fact.ts'
import type { RestoreMark } from '../../../../src/remote/host-facts.ts'
import { formatMember, type Member } from '../../../../src/zookeeper/config.ts'

export const backup = { restore: 'abcdef012345', zxid: '0000000200000010', epochs: { current: 2, accepted: 2 } }

const onHosts = (now: EnsembleFacts, change: (laid: MemberLaid, host: string) => MemberLaid): EnsembleFacts => ({
  ...now,
  members: now.members.map((member) =>
    member.laid.is === 'present' ? { ...member, laid: present(change(member.laid.value, member.host)) } : member,
  ),
})

/** Hosts with the marks of a restore; `more` is what each of them says besides its phase. */
export const marked = (
  now: EnsembleFacts,
  marks: Readonly<Record<string, RestoreMark['phase'] | undefined>>,
  more: Partial<RestoreMark> = {},
): EnsembleFacts =>
  onHosts(now, (laid, host) => {
    const phase = marks[host]
    if (phase === undefined) return laid
    const mark = present({ restore: backup.restore, phase, since: 1000, who: 'ann@laptop', ...more })
    return { ...laid, data: { ...laid.data, mark } }
  })

/** Each host's own file has these members. */
export const listing = (now: EnsembleFacts, members: readonly Member[], version = '100000000'): EnsembleFacts =>
  onHosts(now, (laid) => ({
    ...laid,
    members: { version, lines: members.map((m) => `${formatMember(m)}\n`).join('') },
  }))
