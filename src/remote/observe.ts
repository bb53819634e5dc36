import { absent, type Fact, present, unknown } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import type { HostFacts, MachineFacts, ToldMachine } from './host-facts.ts'
import { laidFacts } from './laid-facts.ts'
import { lockFacts } from './lock-facts.ts'
import { machineFacts } from './machine-facts.ts'
import laidText from './observe-laid.sh'
import machineText from './observe-machine.sh'
import memberText from './observe-member.sh'
import { observed } from './observe-member.ts'
import { must, said } from './records.ts'
import type { Reads, Records } from './remote.ts'

/** All facts of a host in one round trip; `ports`: those whose owner is to be found out. */
export const observe: Reads<
  { readonly ports: readonly number[] },
  Omit<HostFacts, 'machine'> & { readonly machine: ToldMachine }
> = {
  name: 'observe',
  does: 'observe',
  changes: false,
  text: [memberText, machineText, laidText].join('\n'),
  variables: ({ ports }) => ({
    alone: 'no',
    ports: ports.map((port) => port.toString(16).toUpperCase().padStart(4, '0')).join(' '),
  }),
  result: (records, _args, host) => ({ machine: machineFacts(records), ...restOf(records, host) }),
}

/** The same, but of the machine what was found out a moment before: what no run of ours changes there costs most to ask. */
export const observeAgain: Reads<{ readonly machine: MachineFacts }, HostFacts> = {
  name: 'observe-laid',
  does: 'observe',
  changes: false,
  text: [memberText, laidText].join('\n'),
  variables: () => ({ alone: 'no' }),
  result: (records, { machine }, host) => ({ machine, ...restOf(records, host) }),
}

function restOf(records: Records, host: HostName): Omit<HostFacts, 'machine'> {
  const lock = lockFacts(records, must(records, 'uptime'))
  return {
    host,
    laid: observed(records, host, laidFacts),
    lock: lock === undefined ? lockUnseen(records, host) : present(lock),
    crontab: crontab(records, host),
  }
}

/** Where the home cannot be entered nobody knows whether there is a lock. */
const lockUnseen = (records: Records, host: HostName): Fact<never> =>
  must(records, 'there') === 'closed'
    ? unknown(
        new Failure({ host, step: 'observe', got: 'the lock cannot be read', hint: 'log in and look at the home' }),
      )
    : absent

/** `crontab -l` ends with 1 both for "none" and for "not allowed": only its words tell (case 36). */
function crontab(records: Records, host: HostName): Fact<string> {
  const status = must(records, 'crontabstatus')
  const words = said(records, 'crontabwords') ?? ''
  if (status === '0') return present(said(records, 'crontab') ?? '')
  if (status !== '127' && /^(crontab: )?no crontab for |can't open '[^']*': No such file or directory/m.test(words))
    return absent
  const got = words.trim() === '' ? `crontab -l ended with ${status}` : words.trim()
  return unknown(
    new Failure({
      host,
      step: 'observe',
      got: status === '127' ? 'there is no crontab command' : got,
      hint: 'without cron the member does not come back by itself after a reboot',
    }),
  )
}
