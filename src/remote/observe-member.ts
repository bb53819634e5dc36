import { absent, type Fact, present, unknown } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import type { MemberLaid } from './host-facts.ts'
import { memberLaid } from './laid-facts.ts'
import text from './observe-member.sh'
import { must, said } from './records.ts'
import type { Reads, Records } from './remote.ts'

/** What lies on a host of its member alone: a tenth of the work of a whole observation. Absent where ~/<home> does not exist. */
export const observeMember: Reads<undefined, Fact<MemberLaid>> = {
  name: 'observe-member',
  does: 'observe',
  changes: false,
  text,
  variables: () => ({ alone: 'yes' }),
  result: (records, _args, host) => observed(records, host, memberLaid),
}

/** What `read` makes of what lies below ~/<home>; unknown where it cannot be looked at. */
export function observed<T>(records: Records, host: HostName, read: (records: Records) => T): Fact<T> {
  const there = must(records, 'there')
  if (there === 'no') return absent
  const trouble = there === 'closed' ? 'its folder cannot be entered' : said(records, 'trouble')
  if (trouble === undefined) return present(read(records))
  return unknown(new Failure({ host, step: 'observe', got: trouble, hint: 'log in and look at its owner and mode' }))
}
