import { asidesKept } from '../model/asides.ts'
import type { Fact } from '../model/fact.ts'
import { format } from '../model/format.ts'
import type { HostName, ReleaseName } from '../model/names.ts'
import type { MemberLaid } from './host-facts.ts'
import { memberLaid } from './laid-facts.ts'
import text from './member.sh'
import seen from './observe-member.sh'
import { observed } from './observe-member.ts'
import { plainPath } from './quote.ts'
import { said } from './records.ts'
import type { Changes } from './remote.ts'

/** One step of a member, in this order, each part optional. Doing it again does what is missing of it. */
export interface MemberStep {
  readonly stop?: boolean
  /** whose data has to be there: refused where its stamp is another's */
  readonly owner?: MemberOwner
  /**
   * the data is set aside below data/aside.TIME by one rename, and so is the right to vote with nothing in hand; of what was set aside the
   * newest `asidesKept` stay. Refused while a server of ours runs, and where the data is not `owner`'s
   */
  readonly aside?: boolean
  readonly found?: MemberFounding
  /** refused while a server of ours runs */
  readonly switch?: ReleaseName
  readonly start?: boolean
  /** seconds that another start or stop there may take before; 20 */
  readonly patience?: number
}

export interface MemberFounding {
  readonly ensemble: string
  /** random id of the ensemble's founding */
  readonly founding: string
  readonly host: HostName
  readonly id: number
  /** lines of the first dynamic file: `server.N=…`; written only while no snapshot or log is there */
  readonly members: readonly string[]
  /** true only where an empty member may vote: when the ensemble is founded */
  readonly initialize: boolean
  /** the lines also where it ran before; refused while a server of ours runs */
  readonly anew?: boolean
  /** hex: what the lines count as, against those of others; left out where no election has made them ZooKeeper's own yet */
  readonly version?: string
}

/** What a stamp has to say; `founding` is left out where none is recorded. */
export interface MemberOwner {
  readonly ensemble: string
  readonly founding?: string
  readonly host: HostName
  readonly id: number
}

export interface MemberDone {
  /** `kept`: all of it was there */
  readonly founded?: 'made' | 'kept'
  /** pid of the server that was stopped; absent where none ran or no stop was asked for */
  readonly stopped?: number
  /** path of what was set aside; absent where there was nothing */
  readonly aside?: string
  /** a server runs with this pid; `already`: it did before */
  readonly started?: { readonly pid: number; readonly already: boolean }
  /** what lies there afterwards: the same call tells, so that nobody has to ask */
  readonly laid: Fact<MemberLaid>
}

/** What data/stamp says: whose data it is. */
export const stampText = ({ ensemble, founding, host, id }: Required<MemberOwner>): string =>
  `format: ${format}\nensemble: ${ensemble}\nfounding: ${founding}\nhost: ${host}\nid: ${id}\n`

/** The lines of a stamp that are compared where a script acts. */
export const ownerText = (owner: MemberOwner | undefined): string =>
  owner === undefined
    ? ''
    : Object.entries({ ensemble: owner.ensemble, founding: owner.founding, host: owner.host, id: owner.id })
        .flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}\n`]))
        .join('')

/** Rejects with exit 5 where the data there is of another ensemble, member or later version. */
export const member: Changes<MemberStep, MemberDone> = {
  name: 'member',
  does: ({ stop = false, start = false }) =>
    stop ? `${start ? 'restart' : 'stop'} the member` : start ? 'start the member' : 'write the stamp of the member',
  changes: true,
  text: [text, seen].join('\n'),
  variables: ({ found, stop, owner, aside, switch: conf, start, patience = 20 }) => ({
    ...founding(found),
    stop: yesNo(stop),
    owner: ownerText(owner),
    aside: yesNo(aside),
    kept: String(asidesKept),
    patience: String(Math.max(0, Math.ceil(patience))),
    switch: conf === undefined ? '' : plainPath(conf),
    start: yesNo(start),
    alone: 'yes',
  }),
  result: (records, _args, host) => {
    const founded = said(records, 'founded')
    const aside = said(records, 'setaside') ?? ''
    const stopped = Number(said(records, 'stopped'))
    const [how, pid] = (said(records, 'start') ?? '').split(' ')
    return {
      ...(founded === 'made' || founded === 'kept' ? { founded } : {}),
      ...(stopped > 0 ? { stopped } : {}),
      ...(aside === '' ? {} : { aside }),
      ...(Number(pid) > 0 ? { started: { pid: Number(pid), already: how === 'runs' } } : {}),
      laid: observed(records, host, memberLaid),
    }
  },
}

const yesNo = (asked: boolean | undefined): string => (asked === true ? 'yes' : 'no')

const founding = (found: MemberFounding | undefined): Readonly<Record<string, string>> =>
  found === undefined
    ? { found: 'no', stamp: '', id: '', members: '', members_version: '', initialize: 'no', anew: 'no' }
    : {
        found: 'yes',
        stamp: stampText(found),
        id: String(found.id),
        members: found.members.map((line) => `${line}\n`).join(''),
        members_version: found.version === undefined ? '' : plainPath(found.version),
        initialize: yesNo(found.initialize),
        anew: yesNo(found.anew),
      }
