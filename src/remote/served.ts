import type { ReleaseName } from '../model/names.ts'
import { plainPath } from './quote.ts'
import type { Changes } from './remote.ts'
import text from './served.sh'

/** Records the conf release that the member served with; the one before is remembered beside it. */
export const served: Changes<{ readonly conf: ReleaseName }, void> = {
  name: 'served',
  does: 'note what it serves with',
  changes: true,
  text,
  variables: ({ conf }) => ({ conf: plainPath(conf) }),
  result: () => undefined,
}
