import { renewBefore } from '../model/tls-stage.ts'
import { currentOf, type EnsembleFacts, type MemberFacts, serverOf } from './facts.ts'

/** What a person should know of the certificate that a member shows its peers or clients, by what its own host says (case 38). */
export function certificateProblems(member: MemberFacts, { at }: EnsembleFacts): string[] {
  const conf = serverOf(member)?.conf ?? currentOf(member)
  const stage = member.laid.is !== 'present' || conf === undefined ? undefined : member.laid.value.stages?.[conf]
  if (stage === undefined || stage === null || stage.expires - at > renewBefore) return []
  const day = new Date(stage.expires).toISOString().slice(0, 10)
  const [whom, then] =
    stage.mode === 'off'
      ? (['clients', 'so that they refuse it'] as const)
      : (['peers', 'so that it cannot come back to the others'] as const)
  return [
    stage.expires > at
      ? `its certificate for ${whom} expires on ${day}: \`up\` renews it`
      : `its certificate for ${whom} expired on ${day}, ${then}: \`up\` renews it`,
  ]
}
