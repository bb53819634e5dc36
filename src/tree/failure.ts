import { ipv6Since } from '../model/acl-text.ts'
import { Failure } from '../model/failure.ts'
import { ZooKeeperError } from '../zookeeper/zookeeper.ts'

const hints: Readonly<Record<string, string>> = {
  NO_AUTH:
    'an ACL keeps the identity dman away: look at it with getAcl; a copy of secrets.json from before `secrets rotate` or `secrets recover` is refused like that, too',
  INVALID_ACL: `its servers take no such ACL: of sasl none before \`up\` restarted them with its provider, IPv6 addresses from ${ipv6Since} on`,
}

/** What a session or a reader threw, as a Failure about this tree. */
export function treeFailure({ name }: { readonly name: string }, error: unknown): Failure {
  if (error instanceof Failure) return error
  if (!(error instanceof ZooKeeperError)) throw error
  const got = error.message.includes(error.code) ? error.message : `${error.code}: ${error.message}`
  const hint = hints[error.code] ?? 'run it again; status shows whether the ensemble serves'
  return new Failure({ step: `tree ${name}`, got, hint, cause: error })
}
