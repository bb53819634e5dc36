import { describe, expect, it, test } from 'vitest'
import { desiredHost } from '../../../src/hosts/desired.ts'
import { planHost, shownChange } from '../../../src/hosts/plan.ts'
import { present, unknown } from '../../../src/model/fact.ts'
import { Failure } from '../../../src/model/failure.ts'
import { Secret } from '../../../src/model/secret.ts'
import { archive, host, inventory, materials } from './build.ts'

const want = desiredHost(inventory(), 'zk1', materials())
const withHeap = (heap: string) =>
  desiredHost(inventory(3, { zookeeper: { ...inventory().zookeeper, heap } }), 'zk1', materials())
const settled = host(1).asDesired(want)
const kindsOf = (facts: ReturnType<typeof host>, wanted = want) =>
  planHost(wanted, facts.facts).map(({ kind, path }) => `${kind} ${path}`)
const java = archive('java').release
const zookeeper = archive('zookeeper').release
const bin = Object.keys(want.bin).map((name) => `write-bin bin/${name}`)
const first = [
  'make-home .',
  `unpack releases/${java}`,
  `unpack releases/${zookeeper}`,
  ...bin,
  `write-conf releases/${want.conf.release}`,
  'write-crontab crontab',
]

describe('the plan of a host', () => {
  it('is empty where all is as desired', () => expect(kindsOf(settled)).toEqual([]))
  it('lays everything on a bare host', () => expect(kindsOf(host(1))).toEqual(first))
  it('stays the same once the lock has made the home', () => expect(kindsOf(host(1).laid())).toEqual(first))

  it('writes only what differs of bin', () => {
    const facts = host(1)
      .asDesired({ ...want, bin: { prelude: 'other', start: want.bin['start'] ?? '' } })
      .laid({ bin: {} })
    expect(kindsOf(facts)).toEqual(bin)
    const touched = host(1).asDesired({ ...want, bin: { ...want.bin, stop: 'altered' } })
    expect(planHost(want, touched.facts)).toMatchObject([
      { kind: 'write-bin', name: 'stop', reason: 'its content differs' },
    ])
  })

  it('shows what a changed setting changes', () => {
    const [change, ...rest] = planHost(withHeap('1g'), settled.facts)
    expect(rest).toEqual([])
    expect(change && shownChange(change)).toEqual({
      kind: 'write-conf',
      host: 'zk1',
      path: `releases/${withHeap('1g').conf.release}`,
      summary: `write ${withHeap('1g').conf.release}`,
      reason: 'changed: jvm',
      diff: [
        '--- current/jvm',
        '+++ new/jvm',
        '@@ -1,2 +1,2 @@',
        '--Xmx512m',
        '+-Xmx1g',
        ' -Dlogback.configurationFile=current/logback.xml',
        '',
      ].join('\n'),
    })
  })

  it('shows a changed archive as a changed link', () => {
    const newer = desiredHost(inventory(), 'zk1', materials({ java: archive('java', 'two') }))
    const [unpack, conf] = planHost(newer, settled.facts)
    expect(unpack).toMatchObject({ kind: 'unpack', archive: archive('java', 'two') })
    expect(conf && shownChange(conf).diff).toContain(`-java -> ${java}\n+java -> ${archive('java', 'two').release}\n`)
  })

  it('shows no secret, neither the old nor the new', () => {
    const secret = desiredHost(inventory(), 'zk1', materials({ superDigest: new Secret('super:neu') }))
    const changes = planHost(secret, settled.facts)
    expect(changes).toMatchObject([{ kind: 'write-conf', diff: '' }])
    expect(JSON.stringify(changes)).not.toMatch(/super:/)
    expect(JSON.stringify(planHost(secret, host(1).facts))).not.toMatch(/super:neu/)
  })

  it('writes a conf release again that was altered on the host', () => {
    const { conf } = settled.laidFacts
    const altered = settled.laid({ conf: { ...conf, files: { ...conf.files, jvm: '-Xmx9g\n' } } })
    const changes = planHost(want, altered.facts)
    expect(changes).toMatchObject([{ kind: 'write-conf', reason: 'it was altered on the host' }])
  })

  it('does not switch what is there but not current', () => {
    const next = withHeap('1g')
    const laid = settled.laid({ releases: [java, zookeeper, want.conf.release, next.conf.release] })
    expect(kindsOf(laid, next)).toEqual([])
  })

  it('case 37: says first what a dead run left running, case 5: sweeps what it left staged', () => {
    const running = [{ script: 'unpack', pid: 7, start: '1', token: 't' }]
    const facts = settled.laid({ running, leftovers: ['java-1.t', 'x'] })
    expect(planHost(want, facts.facts)).toMatchObject([
      { kind: 'settle', summary: 'wait for unpack (pid 7), or end it' },
      { kind: 'sweep', paths: ['java-1.t', 'x'] },
    ])
  })

  it('case 12: shuts others out of what they may not see', () => {
    expect(kindsOf(settled.laid({ open: ['./data/zoo.cfg'] }))).toEqual(['fix-modes data/zoo.cfg'])
    const open = ['.', './a', './b', './c', './d']
    expect(planHost(want, settled.laid({ open }).facts)).toMatchObject([
      { kind: 'fix-modes', path: '.', paths: open, summary: 'shut group and others out of ., a, b, 2 more' },
    ])
  })

  it('removes former data of which enough newer is kept', () => {
    const asides = ['1', '2', '3', '4'].map((n) => `data/aside.176985180${n}-repair`)
    expect(kindsOf(settled.laid({ asides: asides.slice(1) }))).toEqual([])
    expect(planHost(want, settled.laid({ asides }).facts)).toMatchObject([
      { kind: 'remove-aside', paths: asides.slice(0, 1), summary: 'remove data/aside.1769851801-repair' },
    ])
  })

  it('throws where the home could not be observed', () => {
    const why = new Failure({ step: 'observe', got: 'EIO', hint: '' })
    expect(() => planHost(want, host(1).with({ laid: unknown(why) }).facts)).toThrow('zk1: observe: EIO')
  })
})

test('old releases go before anything is laid where no member can need them, the rest once all serve', () => {
  const next = withHeap('1g')
  const [failed, older] = ['conf-0123456789ab', 'conf-ba9876543210']
  const linked = { ...settled.laidFacts.linked, [older]: [java, zookeeper] }
  const facts = settled.laid({
    releases: [failed, older, java, zookeeper, want.conf.release],
    linked,
    previous: present(older),
  })
  const changes = planHost(next, facts.facts)
  expect(changes.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    `remove-release releases/${failed}`,
    `write-conf releases/${next.conf.release}`,
    `remove-release releases/${older}`,
  ])
  expect(changes[0]).toMatchObject({ once: 'now', reason: 'neither the current nor the previous release needs it' })
  expect(changes[2]).toMatchObject({
    once: 'serves',
    reason: 'once all members serve it is older than the previous release',
  })
})

describe('what keeps a member running', () => {
  const supervision = settled.laidFacts.supervision
  it.each([
    ['its supervisor died', { ...supervision, alive: false }, 'its supervisor does not run'],
    ['an earlier version started it', { ...supervision, wanted: false, alive: false }, 'nothing would start it again'],
  ])('is brought back where %s and the server runs', (_, seen, reason) => {
    const facts = settled.laid({ supervision: seen })
    expect(planHost(want, facts.facts)).toMatchObject([{ kind: 'supervise', reason }])
    const stopped = settled.laid({ supervision: seen, server: { is: 'absent' } })
    expect(kindsOf(stopped)).toEqual([])
  })
  it('case 40: is left alone while data is held', () => {
    const mark = { restore: 'abababababab', phase: 'hold' as const, since: 1, who: 'ann' }
    const data = { ...settled.laidFacts.data, mark: present(mark) }
    const facts = settled.laid({ data, supervision: { ...supervision, alive: false } })
    expect(kindsOf(facts)).toEqual([])
  })
  it('case 36: lines go into a crontab that can be used, and into no other', () => {
    const other = settled.with({ crontab: present('# mine\n') })
    expect(kindsOf(other)).toEqual(['write-crontab crontab'])
    expect(kindsOf(other.machine({ cron: { allowed: present(true), running: present(false) } }))).toEqual([])
    const unread = unknown(new Failure({ step: 'observe', got: 'permission denied', hint: '' }))
    expect(kindsOf(settled.with({ crontab: unread }))).toEqual([])
  })
})
