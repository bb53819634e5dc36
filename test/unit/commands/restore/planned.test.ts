import { describe, expect, test } from 'vitest'
import { planOf } from '../../../../src/commands/restore/planned.ts'
import type { Prepared } from '../../../../src/commands/shared/prepare/prepare.ts'
import type { Run } from '../../../../src/commands/shared/run/run.ts'
import { desiredHost } from '../../../../src/hosts/desired.ts'
import type { Backup } from '../../../../src/local/backup-file.ts'
import { makeSecrets, noSecrets, recovered, rotation } from '../../../../src/local/secrets.ts'
import { absent, present } from '../../../../src/model/fact.ts'
import { Secret } from '../../../../src/model/secret.ts'
import type { RestoreMark } from '../../../../src/remote/host-facts.ts'
import { digestPrint } from '../../../../src/zookeeper/digest.ts'
import { ensemble } from '../../build.ts'
import { marked } from '../../ensemble/restore/kit.ts'
import { host, inventory, inventoryHost, materials } from '../../hosts/build.ts'

const MiB = 2 ** 20
const names = ['zk1', 'zk2', 'zk3']
const hosts = [1, 2, 3].map((id) => inventoryHost(id, { address: `10.0.0.${id}` }))
const run = { id: 'run1', inventory: inventory(3, { hosts }), options: { timeout: 60_000 } } as unknown as Run
const prepared: Prepared = {
  ...materials(),
  secrets: { made: [], passwords: {} } as unknown as Prepared['secrets'],
  madeUp: [],
  known: noSecrets,
  change: (known) => known,
  founding: present({ id: 'f1', hosts: names, begunAt: '', state: 'done' }),
  trees: [],
  auth: [],
}
const sha256 = `abcdef012345${'0'.repeat(52)}`
const backup: Backup = {
  path: '/backups/one.tar.gz',
  size: 100 * MiB,
  sha256,
  manifest: {
    ensemble: 'dman',
    founding: 'f1',
    at: '2026-01-01T00:00:00.000Z',
    from: { host: 'zk1', id: 1, version: '3.9.5' },
    by: 'test',
    zxid: '0000000100000010',
    acknowledged: '0000000100000010',
    epochs: { current: 1, accepted: 1 },
    membership: { version: '0000000100000000', members: [] },
    files: [{ name: 'snapshot.0', size: 300 * MiB, sha256 }],
  },
}

describe('room for a restore', () => {
  type Phases = Readonly<Record<string, RestoreMark['phase']>>
  const refused = (freeMiB: number, phases: Phases = {}, broughtMiB?: number) => {
    const facts = [1, 2, 3].map((id) => {
      const built = host(id).asDesired(desiredHost(run.inventory, `zk${id}`, prepared))
      const { filesystem } = built.facts.machine
      const little = built.machine({ filesystem: { ...filesystem, freeBytes: freeMiB * MiB } })
      return broughtMiB === undefined ? little.facts : little.laid({ brought: broughtMiB * MiB }).facts
    })
    const seen = {
      hosts: new Map(facts.map((each) => [each.host, present(each)])),
      ensemble: marked(ensemble(3).down(...names).facts, phases),
      trees: undefined,
      unread: [],
      watch: undefined as never,
    }
    return planOf(run, prepared, seen, backup).refusals.map(({ host, exit }) => `${host} ${exit}`)
  }
  const all = (phase: RestoreMark['phase']) => Object.fromEntries(names.map((name) => [name, phase]))

  test('is asked for on every host before anything is brought', () => {
    expect(refused(528)).toEqual([])
    expect(refused(527)).toEqual(['zk1 1', 'zk2 1', 'zk3 1'])
  })

  test('case 40: is not asked for again where the data is already, nor where it only has to be finished', () => {
    expect(refused(10, all('swapped'))).toEqual([])
    expect(refused(10, all('release'))).toEqual([])
    expect(refused(10, { zk1: 'swapped', zk2: 'hold', zk3: 'swapped' })).toEqual(['zk2 1'])
  })

  test('case 40: counts what an earlier try brought, for it gives way', () => {
    expect(refused(228, all('hold'), 300)).toEqual([])
    expect(refused(227, all('hold'), 300)).toHaveLength(3)
  })
})

describe('whom the trees of a backup belong to', () => {
  const warned = (password: string, more: Partial<Backup['manifest']>, now = ensemble(3).bare().facts) => {
    const seen = {
      hosts: new Map([1, 2, 3].map((id) => [`zk${id}`, present(host(id).facts)])),
      ensemble: now,
      trees: undefined,
      unread: [],
      watch: undefined as never,
    }
    const passwords = { dman: new Secret(password) }
    const secrets = { made: [], passwords, rest: new Secret('{}') }
    const file = { ...backup, manifest: { ...backup.manifest, ...more } }
    return planOf(run, { ...prepared, founding: absent, secrets }, seen, file).warnings
  }

  test('is compared before anything is stopped: with another password they could only be read', () => {
    const dman = digestPrint('dman', new Secret('theirs'))
    expect(warned('theirs', { dman })).toEqual([])
    expect(warned('ours', { dman })).toEqual([
      expect.stringMatching(/another password of dman.*the secrets\.json that dman had.*before this; or/),
    ])
    expect(warned('ours', {})).toEqual([expect.stringContaining('does not tell whom its trees belong to')])
  })

  test('where members stand, who would not take the former secrets.json, new passwords are what helps', () => {
    const [told, ...others] = warned('ours', { dman: digestPrint('dman', new Secret('theirs')) }, ensemble(3).facts)
    expect(others).toEqual([])
    expect(told).toMatch(/move \/work\/\.dman\/dman\/secrets\.json away after this, and run `secrets recover`/)
    expect(told).not.toContain('that dman had')
  })
})

describe('a change of the passwords that cannot be finished, for two of three hosts lost their data', () => {
  const hosts = [1, 2, 3].map((id) => {
    const built = host(id)
    return id === 1 ? built.asDesired(desiredHost(run.inventory, 'zk1', prepared)).facts : built.facts
  })
  const seen = {
    hosts: new Map(hosts.map((each) => [each.host, present(each)])),
    ensemble: ensemble(3).down('zk1').empty('zk2', 'zk3').facts,
    trees: undefined,
    unread: [],
    watch: undefined as never,
  }
  const before = makeSecrets(noSecrets)

  test.each([
    ['rotate', rotation()(before)],
    ['recover', recovered(noSecrets, [])],
  ])('after secrets %s was killed a backup is restored all the same, and what comes after is told', (_, secrets) => {
    const dman = digestPrint('dman', before.passwords.dman!)
    const file = { ...backup, manifest: { ...backup.manifest, dman } }
    const { refusals, warnings, plan } = planOf(run, { ...prepared, secrets, known: secrets }, seen, file)
    expect(refusals).toEqual([])
    expect(plan.hosts.map(({ isNew }) => isNew)).toEqual([false, true, true])
    expect(warnings).toEqual([expect.stringMatching(/not finished: run `up` after this/)])
  })

  test('it is told of no longer once it is finished', () =>
    expect(planOf(run, { ...prepared, secrets: before }, seen, backup).warnings).toEqual([]))
})
