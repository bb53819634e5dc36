import { describe, expect, test } from 'vitest'
import { planDocument } from '../../../../../src/commands/shared/plan/document.ts'
import { isEmpty, notDone, planUp, whyNothing } from '../../../../../src/commands/shared/plan/planned.ts'
import type { Prepared } from '../../../../../src/commands/shared/prepare/prepare.ts'
import type { Run } from '../../../../../src/commands/shared/run/run.ts'
import { desiredHost, superDigestOf } from '../../../../../src/hosts/desired.ts'
import { noSecrets } from '../../../../../src/local/secrets.ts'
import { absent, type Fact, present, unknown } from '../../../../../src/model/fact.ts'
import { Failure } from '../../../../../src/model/failure.ts'
import type { HostName } from '../../../../../src/model/names.ts'
import { Secret } from '../../../../../src/model/secret.ts'
import { type HostFacts, laidOn } from '../../../../../src/remote/host-facts.ts'
import type { TreePlan } from '../../../../../src/tree/plan.ts'
import { shrinking } from '../../../../../src/tree/plan/shrinking.ts'
import { propertyValue } from '../../../../../src/zookeeper/properties.ts'
import { ensemble, type EnsembleBuilder, unreachable } from '../../../build.ts'
import { host, inventory, inventoryHost, materials } from '../../../hosts/build.ts'
import { sourceOf } from '../../../tree/build.ts'

const hosts = [1, 2, 3].map((id) => inventoryHost(id, { address: `10.0.0.${id}` }))
const asked = (more: Partial<Run['options']> = {}) => ({
  id: 'run1',
  inventory: inventory(3, {
    hosts,
    trees: [sourceOf({ path: '/app' })],
  }),
  options: { timeout: 60_000, ...more } as Run['options'],
})
const prepared = (more: Partial<Prepared> = {}): Prepared => ({
  ...materials(),
  secrets: { made: [], passwords: {} } as unknown as Prepared['secrets'],
  madeUp: [],
  known: noSecrets,
  change: (known) => known,
  founding: present({ id: 'f1', hosts: ['zk1', 'zk2', 'zk3'], begunAt: '', state: 'done' }),
  trees: [],
  auth: [],
  ...more,
})
const want = (name: HostName) => desiredHost(asked().inventory, name, prepared())
const laid = (id: number): HostFacts => {
  const built = host(id).asDesired(want(`zk${id}`))
  return built.data({
    is: 'held',
    stamp: present({ ensemble: 'dman', founding: 'f1', host: `zk${id}`, id }),
    myid: present(String(id)),
    started: true,
  }).facts
}
const all = (facts: (id: number) => HostFacts): Map<HostName, Fact<HostFacts>> =>
  new Map([1, 2, 3].map((id) => [`zk${id}`, present(facts(id))]))
const emptyTree = { name: 'app', path: '/app', changes: [], refusal: null } as unknown as TreePlan
const changedTree = {
  ...emptyTree,
  changes: [{ kind: 'set', path: '/app/x', summary: 'set /app/x', reason: 'changed', drift: false }],
} as unknown as TreePlan
const conf = want('zk1').conf.release
const settled = ensemble(3).runs(conf).runs(conf, 'zk1', 'zk2', 'zk3').served(conf, 'zk1', 'zk2', 'zk3')
const seen = (
  built: EnsembleBuilder,
  more: {
    hosts?: Map<HostName, Fact<HostFacts>>
    trees?: readonly TreePlan[] | undefined
    unread?: readonly Failure[]
  } = {},
) => ({
  hosts: more.hosts ?? all(laid),
  ensemble: built.facts,
  trees: 'trees' in more ? more.trees : [emptyTree],
  unread: more.unread ?? [],
  // never observed again by a plan
  watch: undefined as never,
})
const bare = () => seen(ensemble(3).bare(), { hosts: all((id) => host(id).facts), trees: undefined })

describe('what up would do', () => {
  test('case 33: knows that members have yet to learn of a super user whose former password is lost', () => {
    const superIsNew = (former?: object) => {
      const secrets = { ...noSecrets, ...(former && { former }) }
      return planUp(asked(), prepared({ secrets }), seen(settled)).goal.superIsNew
    }
    expect([superIsNew(), superIsNew({ super: new Secret('x'), dman: new Secret('y') })]).toEqual([false, false])
    expect(superIsNew({})).toBe(true)
  })

  test('is refused with secrets.json from before a change of the passwords, unless one member knows its super user or a change is under way', () => {
    const knowing = (name: string, former?: object) => {
      const passwords = { super: new Secret(name), dman: new Secret('dman') }
      const known = { ...noSecrets, passwords, ...(former && { former }) }
      return prepared({ known, superDigest: superDigestOf(passwords.super) })
    }
    const run = (name: string) => (id: number) => {
      const facts = laid(id)
      const own = laidOn(present(facts))
      if (own === undefined) return facts
      const digest = propertyValue(superDigestOf(new Secret(name)).reveal())
      const files = { ...own.conf.files, 'zoo.cfg': `DigestAuthenticationProvider.superDigest=${digest}\n` }
      return { ...facts, laid: present({ ...own, conf: { ...own.conf, files } }) }
    }
    const told = (own: Prepared, facts: (id: number) => HostFacts) =>
      planUp(asked(), own, seen(settled, { hosts: all(facts) })).ends.map(({ exit, got }) => [
        exit,
        got.includes('copy from before'),
      ])
    expect(told(knowing('former'), run('new'))).toEqual([[5, true]])
    expect(told(knowing('new'), run('new'))).toEqual([])
    expect(told(knowing('new'), (id) => run(id === 3 ? 'new' : 'former')(id))).toEqual([])
    expect(told(knowing('newest', {}), run('new'))).toEqual([])

    // Found under the lock alone, it ends the run before anything is saved or rolled.
    const late = planUp(asked(), knowing('former'), seen(settled, { hosts: all(run('new')) }))
    expect(whyNothing(late)).toMatchObject([{ exit: 5, step: 'read secrets.json' }])
  })

  test('what a member runs, which nobody noted yet, stays to go back to: it is noted before the roll takes it down', () => {
    const [first, second] = ['conf-000000000001', 'conf-000000000002'] as const
    const onHost = (runs: string, served: string) => (id: number) => {
      const own = laidOn(present(laid(id)))
      if (own === undefined) throw new Error('nothing lies there')
      const releases = [...own.releases.filter((name) => name !== conf), first, second]
      const links = { [first]: own.linked[conf] ?? [], [second]: own.linked[conf] ?? [] }
      const server = present({ pid: 1, start: '1', nonce: 'n', conf: runs, alive: true })
      const now = { current: present(runs), served: present(served), previous: absent, server }
      return { ...laid(id), laid: present({ ...own, ...now, releases, linked: links }) }
    }
    const built = ensemble(3).runs(first).runs(second, 'zk2').served(first, 'zk1', 'zk2', 'zk3')
    const hosts = all((id) => onHost(id === 2 ? second : first, first)(id))
    const { steps, hosts: changes } = planUp(asked(), prepared(), seen(built, { hosts }))
    expect(steps[0]?.step).toMatchObject({ kind: 'record', served: [{ host: 'zk2', conf: second }] })
    const removed = (name: string) =>
      (changes.get(name) ?? []).flatMap((each) => (each.kind === 'remove-release' ? [[each.release, each.once]] : []))
    expect(removed('zk2')).toEqual([[first, 'serves']])
    expect(removed('zk1')).toEqual([[second, 'now']])
  })

  test('what its steps end in keeps nobody from these', () => {
    const planned = planUp(asked(), prepared(), seen(ensemble(3).runs(conf).down('zk2').cut('zk3')))
    expect(planned.steps.length).toBeGreaterThan(0)
    expect(planned.ends.length).toBeGreaterThan(0)
    expect(whyNothing(planned)).toEqual([])
  })

  test('case 13: makes no certificate where a host is half a day behind this machine, for there it would not be good yet; else clocks are only warned of', () => {
    const at = (hours: number) => {
      const built = host(1).machine({ now: host(1).facts.machine.seenAt + hours * 3600 })
      return new Map([...bare().hosts, ['zk1', present(built.facts)] as const])
    }
    const told = (hours: number, isCertified: boolean) =>
      planUp(asked(), prepared({ isCertified }), { ...bare(), hosts: at(hours) }).refusals
    expect([told(13, true), told(-11, true), told(-13, false)]).toEqual([[], [], []])
    expect(told(-13, true)).toMatchObject([
      { host: 'zk1', exit: 5, got: 'its clock is 13 h behind that of this machine, by which certificates are made' },
    ])
  })

  test('is nothing where hosts, members and trees are as the inventory asks', () => {
    const planned = planUp(asked(), prepared(), seen(settled))
    expect(isEmpty(planned)).toBe(true)
    expect(planDocument(asked(), planned)).toEqual({
      version: 1,
      ensemble: 'dman',
      changes: [],
      steps: [],
      restarts: [],
    })
  })

  test('on bare hosts is to lay everything, to found, and to seed what is known once it serves', () => {
    const document = planDocument(
      asked(),
      planUp(asked(), prepared({ founding: absent, madeUp: ['super', 'dman'] }), bare()),
    )
    expect(document.steps).toEqual([{ kind: 'found', hosts: ['zk1', 'zk2', 'zk3'], reason: 'no host holds data yet' }])
    expect(document.changes.filter(({ kind }) => kind === 'unpack')).toHaveLength(6)
    expect(document.changes.at(-1)).toEqual({
      kind: 'seed',
      path: '/app',
      summary: 'seed tree app',
      reason: 'known once it serves',
    })
  })

  test('with another conf release is one restart a member, the leader last, each with its reason', () => {
    const run = asked()
    const changed = {
      ...run,
      inventory: { ...run.inventory, zookeeper: { ...run.inventory.zookeeper, config: { tickTime: '3000' } } },
    }
    const planned = planUp(changed, prepared(), seen(settled.leader('zk2')))
    expect(planned.restarts.map(({ host: name }) => name)).toEqual(['zk1', 'zk3', 'zk2'])
    expect(planned.restarts[0]?.reason).toContain('tickTime')
    expect(planDocument(changed, planned).steps.map(({ kind }) => kind)).toEqual(['restart', 'restart', 'restart'])
  })

  test('where logind ends what a login started is a stop of all at its end, which no roll can help', () => {
    const logind = present({ kills: true, lingers: false, user: 'dman' })
    const killing = all((id) => ({ ...laid(id), machine: host(id).machine({ logind }).facts.machine }))
    const run = asked()
    const changed = { ...run, inventory: { ...run.inventory, zookeeper: { ...run.inventory.zookeeper, heap: '1g' } } }
    const steps = (name: typeof run) =>
      planDocument(name, planUp(name, prepared(), seen(settled, { hosts: killing }))).steps
    expect(steps(changed).map(({ kind, hosts: names }) => [kind, ...names])).toEqual([
      ...[1, 2, 3].map((id) => ['restart', `zk${id}`]),
      ['stop', 'zk1', 'zk2', 'zk3'],
    ])
    expect(steps(run)).toEqual([])
  })

  test('a changed tree alone is work, and no step of the ensemble', () => {
    const planned = planUp(asked(), prepared(), seen(settled, { trees: [changedTree] }))
    expect(isEmpty(planned)).toBe(false)
    expect(planDocument(asked(), planned)).toMatchObject({ changes: [{ kind: 'set', path: '/app/x' }], steps: [] })
  })

  test('trees that could not be read although members serve are not taken for unchanged', () => {
    expect(isEmpty(planUp(asked(), prepared(), seen(settled, { trees: undefined })))).toBe(false)
  })

  test('a tree that cannot be understood is told of, and keeps no member down', () => {
    const damaged = new Failure({ step: 'read HEAD of tree app', got: 'damaged', hint: 'look at it', exit: 5 })
    const unread = { trees: undefined, unread: [damaged] }
    const idle = planUp(asked(), prepared(), seen(settled, unread))
    expect(isEmpty(idle)).toBe(true)
    expect(idle.ends).toEqual([damaged])
    const down = planUp(asked(), prepared(), seen(settled.down('zk3'), unread))
    expect(down.steps.map(({ step }) => step.kind)).toEqual(['start'])
    expect(down.refusals).toEqual([])
    expect(down.ends).toContain(damaged)
  })

  test('case 1: with a host out of reach nothing is laid on the others, and only what does not serve is started', () => {
    const facts = all((id) => host(id).facts).set('zk3', unknown(unreachable('zk3')))
    const planned = planUp(
      asked(),
      prepared(),
      seen(settled.down('zk2').cut('zk3'), { hosts: facts, trees: undefined }),
    )
    expect(planned.hosts.size).toBe(0)
    expect(planned.steps.filter(({ step }) => step.kind !== 'record').map(({ step }) => step.kind)).toEqual(['start'])
    expect(planned.ends.map(({ exit }) => exit)).toContain(4)
  })

  test('case 33: new secrets are refused where a host carries our stamp', () => {
    const run = asked()
    const changed = { ...run, inventory: { ...run.inventory, zookeeper: { ...run.inventory.zookeeper, heap: '1g' } } }
    const planned = planUp(changed, prepared({ madeUp: ['super', 'dman'] }), seen(settled))
    const [lost] = planned.ends
    expect(lost).toMatchObject({ host: 'zk1', step: 'read secrets.json', exit: 5 })
    expect(lost?.hint).toContain('`secrets recover`')
    expect([planned.hosts.size, planned.steps]).toEqual([0, []])
  })

  test('a tree that would shrink keeps nothing else from being planned, and is told; said to be meant, it is not', () => {
    const refusal = shrinking({ name: 'app', path: '/app' }, '/app', { deleted: 3, had: 4 })
    const facts = seen(settled, { trees: [{ ...changedTree, refusal }] })
    const planned = planUp(asked(), prepared(), facts)
    expect([planned.refusals, whyNothing(planned), notDone(planned)]).toEqual([[], [], [refusal]])
    expect(notDone(planUp(asked({ yes: true }), prepared(), facts))).toEqual([])
  })

  test('a tree that cannot be read keeps no other from being written', () => {
    const why = new Failure({ step: 'read HEAD of tree web', got: 'damaged', hint: '', exit: 5 })
    const planned = planUp(asked(), prepared(), seen(settled, { trees: [changedTree], unread: [why] }))
    expect([planned.trees, planned.ends, isEmpty(planned)]).toEqual([[changedTree], [why], false])
    expect(planDocument(asked(), planned)).toMatchObject({ ends: [{ step: why.step }] })
    expect(planDocument(asked(), planned).refusals).toBeUndefined()
    const alone = planUp(asked(), prepared(), seen(settled, { trees: [emptyTree], unread: [why] }))
    expect(planDocument(asked(), alone)).toMatchObject({ refusals: [{ step: why.step }] })
  })

  test('the password of an identity that is named first is work, and not a lost one', () => {
    const planned = planUp(asked(), prepared({ madeUp: ['reader'] }), seen(settled))
    expect([isEmpty(planned), planned.refusals]).toEqual([false, []])
    expect(planDocument(asked(), planned).changes.map(({ summary }) => summary)).toEqual([
      'make the password of reader',
    ])
  })

  test('case 34: where the ensemble refuses to begin, nothing is laid and nothing is written to its trees', () => {
    const run = asked()
    const fewer = { ...run, inventory: { ...run.inventory, hosts: hosts.slice(0, 2) } }
    const planned = planUp(fewer, prepared(), seen(settled, { trees: [changedTree] }))
    expect(planned.ends.map(({ exit }) => exit)).toEqual([5])
    expect(isEmpty(planned)).toBe(true)
  })
})
