import type { EnsembleFacts } from '../../../ensemble/facts.ts'
import type { Administration } from '../../../ensemble/reconfigure.ts'
import type { Secrets } from '../../../local/secrets.ts'
import { Failure } from '../../../model/failure.ts'
import { digestId } from '../../../zookeeper/digest.ts'
import type { Fleet } from '../look/fleet.ts'
import { openAny } from '../look/session.ts'
import { authOf } from '../prepare/identity.ts'

/** Sessions of the super user, through members that were observed last to serve and to be ours. */
export const administrationOf =
  (fleet: Fleet, secrets: Secrets) =>
  (latest: () => EnsembleFacts | undefined): Administration => {
    const { dman } = secrets.passwords
    const auth = authOf(secrets, 'super')
    return {
      // as that of the folders above trees: written by dman alone, read by the world
      acl: [
        ...(dman === undefined ? [] : [{ scheme: 'digest', id: digestId('dman', dman), perms: 'cdrwa' }]),
        { scheme: 'world', id: 'anyone', perms: 'r' },
      ],
      async open(avoid) {
        const now = latest()
        if (now === undefined) throw nothingSeen
        return openAny(fleet, now, auth, avoid)
      },
    }
  }

const nothingSeen = new Failure({ step: 'open a session', got: 'no member was observed', hint: 'run it again' })
