import { unknown, type Fact } from '../../model/fact.ts'
import { Failure } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import type { HeldFacts } from '../../remote/host-facts.ts'
import type { Goal } from '../desired.ts'
import type { EnsembleFacts } from '../facts.ts'
import { heldOf, heldWords } from '../plan/held.ts'
import { unlisted } from './members.ts'

/** Whose marks are to go, and of which restore each is. */
export interface Undo {
  readonly marked: readonly { readonly host: HostName; readonly held: HeldFacts }[]
  readonly refusals: readonly Failure[]
}

/**
 * Whether a restore that was stopped can be taken back: only while no data was replaced anywhere. Data is replaced once every host is marked,
 * and marks go only once all say `release`: so where all that are there say `hold`, with nothing set aside under them, every host has what it
 * had. Pure. `asides`: former data on each host by its paths.
 */
export function planUndo(
  goal: Pick<Goal, 'members'>,
  now: EnsembleFacts,
  asides: ReadonlyMap<HostName, readonly string[]>,
): Undo {
  const marks = now.members.map((member) => ({ member, held: heldOf(member) }))
  const marked = marks.flatMap(({ member: { host }, held }) => (held === undefined ? [] : [{ host, held }]))
  const unread = now.members.flatMap(({ host, laid }) => {
    const mark: Fact<HeldFacts> | undefined =
      laid.is === 'unknown' ? unknown(laid.why) : laid.is === 'present' ? laid.value.data.held : undefined
    return mark?.is === 'unknown' ? [mark.why.of(host)] : []
  })
  const replaced = marked.flatMap(({ host, held }) => {
    const why = whyReplaced(held, asides.get(host) ?? [])
    return why === undefined ? [] : [refusal(host, `${heldWords(held)}, and ${why}`)]
  })
  return { marked, refusals: [...unread, ...replaced, ...(marked.length === 0 ? [] : unlisted(goal, now))] }
}

function whyReplaced({ phase, restore, since, over }: HeldFacts, asides: readonly string[]): string | undefined {
  if (phase !== 'hold') return 'it has replaced the data already'
  if (over !== undefined) return `it came over that of ${over}, which may have replaced the data`
  return asides.includes(`data/aside.${since}-${restore}`) ? 'it may have replaced the data already' : undefined
}

const refusal = (host: HostName, got: string): Failure =>
  new Failure({ host, step: 'take a restore back', got, hint: 'it can only be finished: run `restore` again', exit: 5 })
