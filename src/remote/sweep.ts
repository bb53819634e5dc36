import { asidesKept } from '../model/asides.ts'
import type { ReleaseName } from '../model/names.ts'
import { allSaid } from './records.ts'
import type { Changes } from './remote.ts'
import text from './sweep.sh'

export interface Sweeping {
  /** as observe names them in `leftovers`; whatever is none is passed over */
  readonly paths?: readonly string[]
  /** old releases; one that is current, served last or before, running, or linked to by such a one is kept */
  readonly releases?: readonly ReleaseName[]
  /** former data, as observe names it in `asides`; the newest `asidesKept` stay, whatever is asked */
  readonly asides?: readonly string[]
}

/** Removes left-overs, old releases and old former data; tells which it removed, and which it kept since they are in use. */
export const sweep: Changes<Sweeping, { readonly removed: readonly string[]; readonly kept: readonly string[] }> = {
  name: 'sweep',
  does: 'remove what is not needed any more',
  changes: true,
  text,
  variables: ({ paths = [], releases = [], asides = [] }) => ({
    paths: paths.map((path) => `${path}\n`).join(''),
    releases: releases.map((release) => `${release}\n`).join(''),
    asides: asides.map((path) => `${path}\n`).join(''),
    kept: String(asidesKept),
  }),
  result: (records) => ({ removed: allSaid(records, 'removed'), kept: allSaid(records, 'kept') }),
}
