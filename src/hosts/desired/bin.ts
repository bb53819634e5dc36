import classCache from '../../../templates/bin/class-cache?text'
import prelude from '../../../templates/bin/prelude?text'
import start from '../../../templates/bin/start?text'
import stop from '../../../templates/bin/stop?text'
import supervise from '../../../templates/bin/supervise?text'

/** What lives in ~/dman/bin, by name: text that lands as it is. */
export const binFiles: Readonly<Record<string, string>> = {
  'class-cache': classCache,
  prelude,
  start,
  stop,
  supervise,
}
