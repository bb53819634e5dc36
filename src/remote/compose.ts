import shared from '../../templates/bin/prelude?text'
import { markOf } from './frame.ts'
import prelude from './prelude.sh'
import { assignments } from './quote.ts'

/** What every script is told, besides its own variables. */
export interface Setting {
  readonly script: string
  readonly nonce: string
  /** the inventory's `home` */
  readonly home: string
  /** `reads`, `changes` (checks the token and registers itself), `lock` (the lock's own) or `streams` */
  readonly kind: 'reads' | 'changes' | 'lock' | 'streams'
  readonly token: string
}

/** What carries every script: constant, so that no login shell has anything to misread. */
export const command = '/bin/sh -s'

/**
 * The text that goes to `/bin/sh -s` on stdin. It is one `{ … }`, so that a shell whose stdin breaks off runs nothing of it.
 * bash reads a script from a pipe byte by byte; reading the rest through cat halves the time of a call.
 */
export function compose(text: string, variables: Readonly<Record<string, string>>, setting: Setting): string {
  const own = {
    dman_script: setting.script,
    dman_mark: markOf(setting.nonce),
    dman_home: setting.home,
    dman_kind: setting.kind,
    dman_token: setting.token,
  }
  const hasEnd = setting.kind !== 'streams'
  return [
    hasEnd ? '[ -z "${BASH_VERSION-}" ] || eval "$(command cat)"\n' : '',
    '{\n',
    withoutComments(shared),
    withoutComments(prelude),
    assignments({ ...own, ...variables }),
    'begin\n',
    withoutComments(text),
    '\nexit\n}\n',
  ].join('')
}

/** Lines that are a comment and nothing else need not travel. */
const withoutComments = (text: string): string => text.replace(/^[ \t]*#.*\n/gm, '')
