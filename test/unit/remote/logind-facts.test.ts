import { expect, test } from 'vitest'
import { logindFacts } from '../../../src/remote/logind-facts.ts'

const main = '/etc/systemd/logind.conf'
const drop = (name: string, place = '/etc') => `${place}/systemd/logind.conf.d/${name}.conf`
/** Settings by their files, in the order in which the host names these. */
function kills(files: readonly (readonly [string, ...string[]])[], user = 'dman'): boolean | undefined {
  const system = files.flatMap(([file, ...lines]) => lines.map((line) => `logind ${file} ${line}`))
  const records = [['logind', files.map(([file]) => `${file}\n`).join('')] as const, ['user', user] as const]
  const fact = logindFacts(records, system)
  return fact.is === 'present' ? fact.value.kills : undefined
}

test.each([
  ['nothing', false, [[main]]],
  ['a default that is commented out', true, [[main, '#KillUserProcesses=yes']]],
  ['that it is off', false, [[main, 'KillUserProcesses=no', '#KillExcludeUsers=root']]],
  ['that it is on', true, [[main, 'KillUserProcesses = yes ', 'KillExcludeUsers=root']]],
  ['that it is on, above what is commented out', true, [[main, 'KillUserProcesses=yes', '#KillUserProcesses=no']]],
  ['that it is off, in the main one alone', false, [[main, 'KillUserProcesses=no'], [drop('x'), '#KillUserProcesses=yes']]], // prettier-ignore
  ['that it is on, but not for this user', false, [[main, 'KillUserProcesses=1', 'KillExcludeUsers=root dman']]],
  ['that it is on for another', false, [[main, 'KillUserProcesses=yes', 'KillOnlyUsers=ann']]],
  ['that it is on for this one alone', true, [[main, 'KillOnlyUsers=dman']]],
  ['users who are spared, and that none is', true, [[main, 'KillUserProcesses=on', 'KillExcludeUsers=dman', 'KillExcludeUsers=']]], // prettier-ignore
  [
    'another beside it',
    true,
    [
      [main, 'KillUserProcesses=no'],
      [drop('x'), 'KillUserProcesses=true'],
    ],
  ],
  ['two beside it: the last name counts', false, [[main], [drop('20'), 'KillUserProcesses=no'], [drop('10', '/run'), 'KillUserProcesses=yes']]], // prettier-ignore
  ['an empty one over the vendor’s', false, [[main], [drop('10')], [drop('10', '/usr/lib'), 'KillUserProcesses=yes']]],
  ['the vendor’s own and no other', true, [['/usr/lib/systemd/logind.conf', 'KillUserProcesses=yes']]],
] as const)('a file says %s', (_, expected, files) => {
  expect(kills(files)).toBe(expected)
})

test('root is spared unless others are named, a host without logind has none, and what cannot be read is unknown', () => {
  expect(kills([[main, 'KillUserProcesses=yes']], 'root')).toBe(false)
  expect(logindFacts([], [])).toEqual({ is: 'absent' })
  const unread = [['logind', `${main}\n`] as const, ['unreadable', 'logind'] as const]
  expect(logindFacts(unread, []).is).toBe('unknown')
  const lingers = [['logind', ''] as const, ['lingers', ''] as const]
  expect(logindFacts(lingers, [])).toMatchObject({ value: { lingers: true, kills: false } })
})
