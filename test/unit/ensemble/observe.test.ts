import { describe, expect, it } from 'vitest'
import { type MemberLaid, servedOf, type Serving } from '../../../src/ensemble/facts.ts'
import { type Sources, watchOf } from '../../../src/ensemble/observe.ts'
import { absent, type Fact, present, unknown } from '../../../src/model/fact.ts'
import { Failure } from '../../../src/model/failure.ts'
import type { HostFacts } from '../../../src/remote/host-facts.ts'
import type { EnsembleConfig } from '../../../src/zookeeper/config.ts'
import { ensemble, type EnsembleBuilder, newConf, oldConf, unreachable } from '../build.ts'

/** Sources that answer as `built` says, and note what they were asked. */
function sourcesOf(initial: EnsembleBuilder) {
  const asked: string[] = []
  const state = { built: initial, at: 1_000_000, session: undefined as Fact<EnsembleConfig> | undefined, nonce: 'n' }
  const memberOf = (host: string) => state.built.facts.members.find((member) => member.host === host)!
  const sources: Sources = {
    members: initial.facts.members.map(({ host, id }) => ({ host, id, at: { address: `10.0.0.${id}`, port: 2180 } })),
    asking: {
      serving: (host, _at, leads): Promise<Fact<Serving>> => {
        asked.push(`${leads ? 'mntr' : 'srvr'} ${host}`)
        return Promise.resolve(memberOf(host).serving)
      },
      config: (host) => {
        asked.push(`session ${host}`)
        return Promise.resolve(state.session ?? state.built.facts.config)
      },
    },
    host: (host) => {
      asked.push(`host ${host}`)
      return Promise.resolve(memberOf(host).laid)
    },
    home: 'dman',
    founding: () => Promise.resolve(state.built.facts.founding),
    now: () => state.at,
  }
  return { sources, asked, state, take: () => asked.splice(0).sort() }
}

/** Only `laid` and the crontab matter to the members. */
const hostFacts = (laid: Fact<MemberLaid>): Fact<HostFacts> =>
  laid.is === 'unknown'
    ? laid
    : present({
        laid,
        machine: { home: '/home/dman', cron: { allowed: present(true), running: present(true) } },
        crontab: absent,
      } as unknown as HostFacts)

describe('watch the members', () => {
  it('asks each host and member once, side by side, and opens one session', async () => {
    const { sources, take, state } = sourcesOf(ensemble(3).leader('zk2'))
    const facts = await watchOf(sources).observe()
    expect(take()).toEqual(['host zk1', 'host zk2', 'host zk3', 'session zk1', 'srvr zk1', 'srvr zk2', 'srvr zk3'])
    expect({ ...facts, at: 0 }).toEqual({ ...state.built.facts, members: facts.members, at: 0 })
    expect(facts.members.map(({ laid, serving }) => [laid, serving])).toEqual(
      state.built.facts.members.map(({ laid, serving }) => [laid, serving]),
    )
  })

  it('finds a server at the place that its own file names, wherever the inventory has it', async () => {
    const at = { address: '10.0.0.2', port: 2280 }
    const { sources, take, state } = sourcesOf(ensemble(3).leader('zk2'))
    const lines = 'server.2=10.0.0.2:2889:3889:participant;10.0.0.2:2280'
    const host = async (name: string): Promise<Fact<MemberLaid>> => {
      const laid = await sources.host(name)
      return name !== 'zk2' || laid.is !== 'present'
        ? laid
        : present({ ...laid.value, members: { version: '1', lines } })
    }
    const asking: Sources['asking'] = {
      ...sources.asking,
      serving: (name, place, leads) =>
        name === 'zk2' && place.port !== at.port ? Promise.resolve(absent) : sources.asking.serving(name, place, leads),
    }
    const watch = watchOf({ ...sources, host, asking })
    const [, zk2] = (await watch.observe()).members
    expect(zk2).toMatchObject({ serving: { is: 'present', value: { mode: 'leader' } }, at })
    take()
    // from then on it is asked there at once
    expect((await watch.observe()).members.map((member) => member.at?.port)).toEqual([2180, 2280, 2180])
    expect(take()).toEqual(['mntr zk2', 'srvr zk1', 'srvr zk3'])
    expect(await watch.glance('zk2')).toMatchObject({ is: 'present' })
    state.built = ensemble(3).leader('zk1').down('zk2')
    watch.forget({ kind: 'start', turns: [{ host: 'zk2', conf: oldConf, switch: false, stop: false }] })
    expect((await watch.observe()).members[1]).not.toHaveProperty('at')
  })

  it('tells for how long a server lives, also when its host was asked a while ago', async () => {
    const { sources, state } = sourcesOf(ensemble(3).leader('zk2'))
    const host = async (name: string): Promise<Fact<MemberLaid>> => {
      const laid = await sources.host(name)
      if (name !== 'zk2' || laid.is !== 'present' || laid.value.server.is !== 'present') return laid
      return present({ ...laid.value, server: present({ ...laid.value.server.value, age: 7 }) })
    }
    const watch = watchOf({ ...sources, host })
    expect((await watch.observe()).members.map(({ age }) => age)).toEqual([undefined, 7, undefined])
    state.at += 60_000
    expect((await watch.observe()).members[1]?.age).toBe(67)
  })

  it('takes no answer for no service only where nothing of ours runs', async () => {
    const silent = unknown(new Failure({ step: 'ask srvr', got: 'refused', hint: 'open the port' }))
    const { sources } = sourcesOf(ensemble(3).down('zk2').empty('zk3'))
    const asking = { ...sources.asking, serving: () => Promise.resolve(silent) }
    const facts = await watchOf({ ...sources, asking }).observe()
    expect(facts.members.map(({ serving }) => serving.is)).toEqual(['unknown', 'absent', 'absent'])
  })

  it('asks no host whose facts are at hand, also where a member there is down', async () => {
    const { sources, take, state } = sourcesOf(ensemble(3).down('zk3'))
    const hosts = new Map(state.built.facts.members.map(({ host, laid }) => [host, hostFacts(laid)]))
    await watchOf(sources, Promise.resolve(hosts)).observe({ full: true })
    expect(take().filter((call) => call.startsWith('host'))).toEqual([])
  })

  it('asks again only for srvr, and the leader for its numbers', async () => {
    const { sources, take } = sourcesOf(ensemble(3).leader('zk2'))
    const watch = watchOf(sources)
    await watch.observe()
    take()
    await watch.observe()
    expect(take()).toEqual(['mntr zk2', 'srvr zk1', 'srvr zk3'])
  })

  it('asks a host anew after a step there, and every three seconds while its member does not serve', async () => {
    const { sources, take, state } = sourcesOf(ensemble(3))
    const watch = watchOf(sources)
    const hosts = async (ms: number) => {
      state.at += ms
      await watch.observe()
      return take().filter((call) => call.startsWith('host'))
    }
    await hosts(0)
    watch.forget({ kind: 'stop', hosts: ['zk2'] })
    expect(await hosts(10)).toEqual(['host zk2'])
    expect(await hosts(5_000)).toEqual([])
    state.built = ensemble(3).silent('zk1')
    expect(await hosts(10)).toEqual(['host zk1'])
    expect(await hosts(100)).toEqual([])
    expect(await hosts(3_000)).toEqual(['host zk1'])
  })

  it('asks nobody anew after a note of what served, and everybody after any other step', async () => {
    const { sources, take } = sourcesOf(ensemble(3))
    const watch = watchOf(sources)
    await watch.observe()
    take()
    watch.did({ kind: 'record', served: [{ host: 'zk2', conf: newConf }] })
    const facts = await watch.observe()
    expect(take().filter((call) => call.startsWith('host'))).toEqual([])
    expect(facts.members.map(servedOf)).toEqual([oldConf, newConf, oldConf])
    watch.did({ kind: 'stop', hosts: ['zk2'] })
    await watch.observe()
    expect(take().filter((call) => call.startsWith('host'))).toEqual(['host zk2'])
  })

  it('opens its session past a host that SSH does not carry it to, unless no other serves', async () => {
    const { sources, take, state } = sourcesOf(ensemble(3))
    const session = async () => {
      await watchOf({ ...sources, beside: (host) => host === 'zk1' }).observe()
      return take().filter((call) => call.startsWith('session'))
    }
    expect(await session()).toEqual(['session zk2'])
    state.built = ensemble(3).down('zk2', 'zk3')
    expect(await session()).toEqual(['session zk1'])
  })

  it('opens sessions through the members that are wished, and remembers each for that very server', async () => {
    const { sources, take, state } = sourcesOf(ensemble(3))
    const watch = watchOf(sources)
    await watch.observe()
    take()
    const facts = await watch.observe({ through: ['zk2', 'zk3'] })
    expect(take().filter((call) => call.startsWith('session'))).toEqual(['session zk2', 'session zk3'])
    expect(facts.members.map(({ session }) => session.is)).toEqual(['absent', 'present', 'present'])
    // Another process has not shown it yet.
    state.built = new Proxy(ensemble(3), {
      get: (target, key, self: unknown) =>
        key === 'facts'
          ? {
              ...target.facts,
              members: target.facts.members.map((m) =>
                m.laid.is === 'present' && m.laid.value.server.is === 'present'
                  ? {
                      ...m,
                      laid: present({
                        ...m.laid.value,
                        server: present({ ...m.laid.value.server.value, nonce: `new ${m.host}` }),
                      }),
                    }
                  : m,
              ),
            }
          : (Reflect.get(target, key, self) as unknown),
    })
    watch.forget({ kind: 'stop', hosts: ['zk3'] })
    expect((await watch.observe()).members[2]?.session.is).toBe('absent')
  })

  it('opens one more where the members are not known and none of those wished serves', async () => {
    const { sources, take } = sourcesOf(ensemble(3).down('zk3'))
    const facts = await watchOf(sources).observe({ through: ['zk3'] })
    expect(take().filter((call) => call.startsWith('session'))).toHaveLength(1)
    expect(facts.config.is).toBe('present')
  })

  it('opens none that is wished where nothing of ours lives, whoever answers there', async () => {
    const { sources, take } = sourcesOf(ensemble(3))
    const ended = sourcesOf(ensemble(3).down('zk3'))
    const watch = watchOf({ ...sources, host: (host) => ended.sources.host(host) })
    await watch.observe()
    take()
    await watch.observe({ through: ['zk3'] })
    expect(take().filter((call) => call.startsWith('session'))).toEqual([])
  })

  it('a session that fails is known to have failed; what was read before stays, until nobody serves', async () => {
    const { sources, state } = sourcesOf(ensemble(3))
    const watch = watchOf(sources)
    await watch.observe()
    state.session = unknown(unreachable('zk3'))
    const failed = await watch.observe({ through: ['zk3'] })
    expect(failed.members[2]?.session.is).toBe('unknown')
    expect(failed.config.is).toBe('present')
    state.built = ensemble(3).silent('zk1', 'zk2', 'zk3')
    expect((await watch.observe()).config).toEqual(absent)
  })

  it('case 1: of a host out of reach nothing is known, also not whether its member serves', async () => {
    const { sources } = sourcesOf(ensemble(3).cut('zk1'))
    const facts = await watchOf(sources).observe()
    expect([facts.members[0]?.laid.is, facts.members[0]?.serving.is]).toEqual(['unknown', 'unknown'])
  })
})
