import type { Goal, Serve } from '../../../src/ensemble/desired.ts'
import type { EnsembleFacts, FoundingRecord, MemberFacts, Serving } from '../../../src/ensemble/facts.ts'
import type { Step, Turn } from '../../../src/ensemble/plan/step.ts'
import { absent, present, unknown, type Fact } from '../../../src/model/fact.ts'
import { Failure, LockLost, OutcomeUnknown } from '../../../src/model/failure.ts'
import type { HostName, ReleaseName } from '../../../src/model/names.ts'
import { member, type Member } from '../../../src/zookeeper/config.ts'
import type { Behaviour, Machine, Mishap, WorldOptions } from './machine.ts'
import { newConf, oldConf, ports, unreachable } from '../build.ts'

const cutShort = ({ host }: { host: HostName }) =>
  new Failure({ host, step: 'member', got: 'the script ended in the middle', hint: 'run it again' })

function found(machine: Machine, step: Step & { kind: 'found' }, stampOnly: boolean): void {
  machine.stamp = step.founding
  if (!stampOnly) machine.initialize = step.initialize && machine.zxid < 0
}

/**
 * A small model of hosts and of ZooKeeper, written without a look at the planner's own expectations: processes, elections by zxid and id,
 * data that only a founding makes votable. It notes every harm that a step of ours does.
 */
export class World {
  time = 0
  /** what must never happen, in words */
  readonly harms: string[] = []
  readonly acts: Step[] = []
  readonly machines: Machine[]
  founding: FoundingRecord | undefined
  lockLost = false
  #replyLost = false
  #half: 'stamp' | 'found' | 'stop' | 'switch' | undefined
  #leader: Machine | undefined
  #epoch = 0
  #nonces = 0
  #lines: readonly Member[] = []
  readonly #sessions = new Set<string>()
  readonly #mishaps: Mishap[]

  constructor(readonly options: WorldOptions) {
    this.#mishaps = [...(options.mishaps ?? [])].sort((a, b) => a.at - b.at)
    this.machines = Array.from({ length: options.participants + options.observers }, (_, index) => ({
      host: `zk${index + 1}`,
      id: index + 1,
      role: index < options.participants ? ('participant' as const) : ('observer' as const),
      reachable: true,
      power: true,
      frozen: false,
      initialize: false,
      zxid: -1,
    }))
  }

  /** An ensemble that was founded long ago; `running` of its hosts run with oldConf. */
  stand(running: readonly boolean[] = []): this {
    this.founding = { id: 'f1', hosts: this.machines.map(({ host }) => host), state: 'done' }
    this.#lines = this.machines.map(({ id, role }) => member(id, `10.0.0.${id}`, ports, role))
    this.machines.forEach((machine, index) => {
      Object.assign(machine, { stamp: 'f1', zxid: 10, current: oldConf, served: oldConf })
      if (running[index] !== false) this.#start(machine, -1_000_000)
    })
    this.#elect()
    return this
  }

  get desired() {
    return this.machines.map(({ host, id, role }) => ({ host, id, role, address: `10.0.0.${id}` }))
  }

  goal(conf: ReleaseName = newConf, more: Partial<Goal & { kind: 'converge' }> = {}): Goal {
    const members = this.desired.map((each) => ({ ...each, conf }))
    const common = { ensemble: 'dman', home: 'dman', ports, timeout: 8_000, founding: 'f1', mayStopService: false }
    return { kind: 'converge', members, ...common, ...more }
  }

  /** What `restart` asks for now. */
  restartGoal(more: Partial<Serve> = {}): Serve {
    const servers = this.machines.flatMap(({ host, server }) => (server ? [[host, server.nonce] as const] : []))
    const { ensemble, home, ports, timeout } = this.goal()
    const common = { ensemble, home, ports, timeout, members: this.desired }
    return { kind: 'serve', ...common, restart: new Map(servers), ...more }
  }

  /** Everything is mended, and nothing more goes wrong. */
  calm(): void {
    this.#mishaps.splice(0)
    this.#half = undefined
    this.#replyLost = false
    this.lockLost = false
    for (const machine of this.machines) Object.assign(machine, { reachable: true, power: true, frozen: false })
    this.pass(30_000)
  }

  // ---- time -------------------------------------------------------------------------------------------------------------------

  pass(ms: number): void {
    const end = this.time + ms
    for (let next = this.#mishaps[0]; next !== undefined && next.at <= end; next = this.#mishaps[0]) {
      this.#mishaps.shift()
      this.time = Math.max(this.time, next.at)
      this.#befall(next)
      this.#elect()
    }
    this.time = end
    this.#elect()
  }

  #befall(mishap: Mishap): void {
    if (mishap.what === 'lose-lock') return void (this.lockLost = true)
    if (mishap.what === 'half') return void (this.#half = mishap.after)
    if (mishap.what === 'lose-reply') return void (this.#replyLost = true)
    const machine = this.machines[mishap.host % this.machines.length]
    if (machine === undefined) return
    if (mishap.what === 'kill') delete machine.server
    if (mishap.what === 'freeze') machine.frozen = true
    if (mishap.what === 'thaw') machine.frozen = false
    if (mishap.what === 'cut') machine.reachable = false
    if (mishap.what === 'heal') machine.reachable = true
    if (mishap.what === 'power-on') machine.power = true
    if (mishap.what === 'power-off') {
      machine.power = false
      machine.frozen = false
      delete machine.server
    }
  }

  // ---- ZooKeeper --------------------------------------------------------------------------------------------------------------

  #behaviour(machine: Machine): Behaviour {
    const conf = machine.server?.conf ?? ''
    return this.options.behaves?.(machine.host, conf) ?? 'serves'
  }

  #works = (machine: Machine): boolean =>
    machine.server !== undefined &&
    !machine.frozen &&
    this.#behaviour(machine) === 'serves' &&
    this.time - machine.server.since >= (this.options.slowness ?? 900)

  #majority = (): number => Math.floor(this.#lines.filter(({ role }) => role === 'participant').length / 2) + 1
  #listed = (machine: Machine): boolean => this.#lines.some(({ id }) => id === machine.id)

  #elect(): void {
    for (const machine of this.machines) {
      if (machine.server !== undefined && this.#behaviour(machine) === 'ends') delete machine.server
    }
    const able = this.machines.filter((m) => this.#works(m) && m.role === 'participant' && this.#listed(m))
    for (const machine of able) {
      if (machine.zxid < 0 && machine.initialize) Object.assign(machine, { zxid: 0, initialize: false })
    }
    const voting = able.filter(({ zxid }) => zxid >= 0)
    if (voting.length < this.#majority() || voting.length === 0) return void (this.#leader = undefined)
    if (this.#leader === undefined || !voting.includes(this.#leader)) {
      this.#epoch += 1
      this.#leader = voting.reduce((best, m) =>
        m.zxid > best.zxid || (m.zxid === best.zxid && m.id > best.id) ? m : best,
      )
      const newest = Math.max(...this.machines.map(({ zxid }) => zxid))
      if (this.#leader.zxid < newest) this.harms.push(`${this.#leader.host} leads without what was acknowledged`)
      this.#leader.zxid = Math.max(newest, this.#epoch * 1000)
    }
    // Clients write all the time: whoever serves has what the leader has.
    this.#leader.zxid += 1
    for (const machine of this.machines) if (this.serves(machine)) machine.zxid = this.#leader.zxid
  }

  serves = (machine: Machine): boolean => this.#leader !== undefined && this.#works(machine) && this.#listed(machine)

  get leader(): HostName | undefined {
    return this.#leader?.host
  }

  servingParticipants = (): readonly Machine[] =>
    this.machines.filter((machine) => machine.role === 'participant' && this.serves(machine))

  // ---- what an observation finds ----------------------------------------------------------------------------------------------

  observe(through?: HostName): EnsembleFacts {
    this.pass(20)
    const via = this.machines.find(({ host }) => host === through)
    if (via?.server !== undefined && this.serves(via) && this.#seen(via)) this.#sessions.add(via.server.nonce)
    const asked = this.machines.some((machine) => this.#seen(machine) && this.serves(machine))
    return {
      at: this.time,
      members: this.machines.map((machine) => this.#facts(machine)),
      config: asked ? present({ version: '1'.padStart(16, '0'), members: this.#lines }) : absent,
      founding: this.founding === undefined ? absent : present(this.founding),
    }
  }

  #seen = ({ reachable, power }: Machine): boolean => reachable && power

  #facts(machine: Machine): MemberFacts {
    const { host, id, server } = machine
    if (!this.#seen(machine))
      return { host, id, laid: unknown(unreachable(host)), serving: unknown(unreachable(host)), session: absent }
    const stamp =
      machine.stamp === undefined ? absent : present({ ensemble: 'dman', founding: machine.stamp, host, id })
    const laid = {
      current: machine.current === undefined ? absent : present(machine.current),
      served: machine.served === undefined ? absent : present(machine.served),
      server: server === undefined ? absent : present({ pid: id, start: '1', alive: true, ...server }),
      data: {
        is: machine.stamp === undefined ? ('empty' as const) : ('held' as const),
        stamp,
        myid: machine.stamp === undefined ? absent : present(String(id)),
        initialize: machine.initialize,
        started: machine.zxid >= 0,
      },
    }
    const session = server !== undefined && this.#sessions.has(server.nonce) ? present<true>(true) : absent
    return { host, id, laid: present(laid), serving: this.#serving(machine), session }
  }

  #serving(machine: Machine): Fact<Serving> {
    const { host } = machine
    if (machine.frozen && machine.server !== undefined) {
      return unknown(new Failure({ host, step: 'ask srvr', got: 'no answer', hint: 'see its log' }))
    }
    if (!this.serves(machine)) return absent
    const common = { zxid: machine.zxid.toString(16).padStart(16, '0'), version: '3.9.5', connections: 1, uptime: 1 }
    if (machine !== this.#leader)
      return present({ ...common, mode: machine.role === 'observer' ? 'observer' : 'follower' })
    const observers = this.machines.filter((m) => m.role === 'observer' && this.serves(m)).length
    const leading = {
      syncedFollowers: this.servingParticipants().length - 1,
      syncedNonVotingFollowers: 0,
      syncedObservers: observers,
      pendingSyncs: 0,
      dataBytes: 1000,
    }
    return present({ ...common, mode: 'leader', leading })
  }

  // ---- what a step does -------------------------------------------------------------------------------------------------------

  act(step: Step, goal: Goal): void {
    this.acts.push(step)
    if (this.lockLost) throw new LockLost({ step: step.kind, got: 'the lock is held by another', hint: 'see unlock' })
    if (step.kind === 'stop')
      this.#onEach(
        step.hosts.map((host) => ({ host })),
        (m) => this.#stop(m),
      )
    else if (step.kind === 'record') this.#record(step)
    else this.#turn(step, goal)
    this.pass(30)
    if (this.#replyLost) {
      this.#replyLost = false
      throw new OutcomeUnknown({
        step: step.kind,
        got: 'the connection was lost: the outcome is unknown',
        hint: 'run it again',
      })
    }
  }

  #record(step: Step & { kind: 'record' }): void {
    if (step.founded !== undefined && this.founding !== undefined) this.founding = { ...this.founding, state: 'done' }
    this.#onEach(step.served, (machine, { conf }) => {
      if (!this.serves(machine) || machine.server?.conf !== conf)
        this.harms.push(`${machine.host} is noted to serve with ${conf}`)
      machine.served = conf
    })
  }

  #turn(step: Step & { turns: readonly Turn[] }, goal: Goal): void {
    const serving = this.machines.filter((m) => step.turns.some(({ host }) => host === m.host) && this.serves(m))
    if (step.kind === 'restart') this.#judge(serving, goal)
    else if (serving.length > 0)
      this.harms.push(`${step.kind} takes down ${serving.map((m) => m.host).join()}, which serves`)
    if (step.kind === 'found' && step.initialize) {
      const holding = this.machines.filter(({ zxid }) => zxid >= 0)
      if (holding.length >= this.#majority() && this.#lines.length > 0)
        this.harms.push('a founding over a majority with data')
      this.founding ??= { id: step.founding, hosts: step.hosts, state: 'begun' }
    }
    if (step.kind === 'found') this.#lines = step.lines
    const half = this.#half
    this.#half = undefined
    this.#onEach(step.turns, (machine, turn) => {
      if (step.kind === 'found') found(machine, step, half === 'stamp')
      if (half === 'stamp') throw cutShort(machine)
      if (half === 'found') throw cutShort(machine)
      if (turn.stop) this.#stop(machine)
      if (half === 'stop') throw cutShort(machine)
      if (turn.switch && machine.server === undefined) machine.current = turn.conf
      if (half === 'switch') throw cutShort(machine)
      if (machine.server !== undefined) return
      if (machine.current !== turn.conf)
        this.harms.push(`${machine.host} starts ${machine.current ?? 'nothing'}, not ${turn.conf}`)
      this.#start(machine, this.time)
    })
    this.#elect()
  }

  /** A restart of a serving member: the others have to go on, and the leader goes last. */
  #judge(serving: readonly Machine[], goal: Goal): void {
    const others = this.servingParticipants().filter((machine) => !serving.includes(machine))
    const taken = serving.some(({ role }) => role === 'participant')
    const asked = goal.kind !== 'stop' && goal.mayStopService === true && this.options.participants <= 2
    if (taken && others.length < this.#majority() && !asked) this.harms.push('a roll ends the quorum')
    const seen = this.machines.filter((machine) => this.#seen(machine))
    if (seen.length < this.machines.length)
      this.harms.push('a serving member is taken down while a host is out of reach')
    const down = this.machines.filter((machine) => !this.serves(machine)).map(({ host }) => host)
    if (down.length > 0) this.harms.push(`a second member is taken down beside ${down.join()}`)
    if (serving.length !== 1) this.harms.push(`${serving.length} members are restarted at once`)
    const wanted = (machine: Machine) => goal.members.find(({ host }) => host === machine.host)?.conf
    const isBehind = ({ host, server }: Machine) =>
      goal.kind === 'serve' ? goal.restart?.get(host) === server?.nonce : server?.conf !== wanted({ host } as Machine)
    const behind = seen.filter((machine) => isBehind(machine) && (goal.only?.has(machine.host) ?? true))
    if (serving.some((m) => m === this.#leader) && behind.length > 1) this.harms.push('the leader is not the last')
  }

  #onEach<T extends { host: HostName }>(turns: readonly T[], change: (machine: Machine, turn: T) => void): void {
    const lost: Failure[] = []
    for (const turn of turns) {
      const machine = this.machines.find(({ host }) => host === turn.host)
      if (machine === undefined || !this.#seen(machine)) lost.push(unreachable(turn.host))
      else change(machine, turn)
    }
    if (lost[0] !== undefined) throw lost[0]
  }

  #stop(machine: Machine): void {
    machine.frozen = false
    delete machine.server
    this.#elect()
  }

  #start(machine: Machine, since: number): void {
    this.#nonces += 1
    machine.server = { conf: machine.current ?? '', nonce: `n${this.#nonces}`, since }
  }
}
