import type { Goal, Serve } from '../../../src/ensemble/desired.ts'
import type { EnsembleFacts } from '../../../src/ensemble/facts.ts'
import { hostsOf, type Step, type Turn } from '../../../src/ensemble/plan/step.ts'
import type { FoundingRecord } from '../../../src/local/founding.ts'
import { absent, present } from '../../../src/model/fact.ts'
import { Failure, LockLost, NotBegun, OutcomeUnknown, Refused } from '../../../src/model/failure.ts'
import type { HostName, ReleaseName } from '../../../src/model/names.ts'
import { member } from '../../../src/zookeeper/config.ts'
import { newConf, oldConf, ports, unreachable } from '../build.ts'
import { cutShort, emptied, found, type Machine, type Mishap, type WorldOptions } from './machine.ts'
import { Quorum, wishedLine } from './quorum.ts'
import { factsOf, isSeen } from './sight.ts'

/** The hosts of a Quorum as a run finds them, with mishaps, and what its steps do there. It notes every harm that one of them does. */
export class World extends Quorum {
  readonly acts: Step[] = []
  /** as the inventory has them */
  ports = ports
  founding: FoundingRecord | undefined
  lockLost = false
  #replyLost = false
  #half: 'stamp' | 'found' | 'stop' | 'switch' | undefined
  #nonces = 0
  #late: { at: number; step: Step & { kind: 'reconfig' } } | undefined
  #delay: number | undefined
  readonly #sessions = new Set<string>()
  readonly #mishaps: Mishap[]
  readonly #supervised: boolean

  constructor(options: WorldOptions) {
    super(options)
    this.#supervised = options.supervised === true
    this.#mishaps = [...(options.mishaps ?? [])].sort((a, b) => a.at - b.at)
  }

  /** An ensemble that was founded long ago; `running` of its hosts run with oldConf. */
  stand(running: readonly boolean[] = []): this {
    const founded = this.machines.filter(({ role }) => role !== 'absent')
    this.founding = { id: 'f1', hosts: founded.map(({ host }) => host), state: 'done' }
    this.config = founded.flatMap(({ id, role, address }) =>
      role === 'absent' ? [] : [member(id, address, this.ports, role)],
    )
    founded.forEach((machine, index) => {
      const own = { version: this.shown(), members: this.config }
      Object.assign(machine, { stamp: 'f1', zxid: 10, current: oldConf, served: oldConf, own })
      if (running[index] !== false) this.#start(machine, -1_000_000)
    })
    this.elect()
    return this
  }

  get desired() {
    return this.machines.map(({ host, id, role, address }) => ({ host, id, role, address }))
  }

  /** What `lines` are once the inventory's wishes are fulfilled. */
  get wished(): readonly string[] {
    return this.desired.flatMap((want) => wishedLine(want, this.ports) ?? [])
  }

  goal(conf: ReleaseName = newConf, more: Partial<Goal & { kind: 'converge' }> = {}): Goal {
    const members = this.desired.map((each) => ({ ...each, conf }))
    const common = {
      ensemble: 'dman',
      home: 'dman',
      ports: this.ports,
      timeout: 8_000,
      founding: 'f1',
      mayStopService: false,
    }
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
    this.#late = undefined
    this.#delay = undefined
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
      this.elect()
    }
    if (this.#late !== undefined && this.#late.at <= end) {
      const { step } = this.#late
      this.#late = undefined
      if (this.whyNot(step) === undefined) this.apply(step)
    }
    this.time = end
    if (this.#supervised) for (const machine of this.machines) this.#supervise(machine)
    this.elect()
  }

  #supervise(machine: Machine): void {
    const isDown = machine.power && machine.wanted === true && machine.server === undefined
    if (!isDown) return void (machine.deadSince = undefined)
    machine.deadSince ??= this.time
    if (this.time - machine.deadSince >= 2_000) this.#start(machine, this.time)
  }

  #befall(mishap: Mishap): void {
    if (mishap.what === 'lose-lock') return void (this.lockLost = true)
    if (mishap.what === 'half') return void (this.#half = mishap.after)
    if (mishap.what === 'lose-reply') return void (this.#replyLost = true)
    if (mishap.what === 'delay') return void (this.#delay = mishap.by)
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

  // ---- what an observation finds ----------------------------------------------------------------------------------------------

  observe(through: readonly HostName[] = []): EnsembleFacts {
    this.pass(20)
    for (const via of this.machines)
      if (through.includes(via.host) && via.server !== undefined && this.serves(via) && isSeen(via))
        this.#sessions.add(via.server.nonce)
    const asked = this.machines.some((machine) => isSeen(machine) && this.serves(machine))
    return {
      at: this.time,
      members: this.machines.map((machine) =>
        factsOf(this, machine, { supervised: this.#supervised, sessions: this.#sessions }),
      ),
      config: asked ? present({ version: this.shown(), members: this.config, left: present(this.left) }) : absent,
      founding: this.founding === undefined ? absent : present(this.founding),
    }
  }

  // ---- what a step does -------------------------------------------------------------------------------------------------------

  act(step: Step, goal: Goal): void {
    this.acts.push(step)
    if (this.lockLost) throw new LockLost({ step: step.kind, got: 'the lock is held by another', hint: 'see unlock' })
    if (step.kind === 'stop')
      this.#onEach(
        step.hosts.map((host) => ({ host })),
        (m) => {
          if (goal.kind !== 'stop' && this.listed(m)) this.harms.push(`${m.host} is stopped, and belongs`)
          this.#stop(m)
          m.wanted = false
        },
      )
    else if (step.kind === 'reconfig') this.#reconfig(step, goal)
    else if (step.kind === 'record') this.#record(step)
    else this.#turn(step, goal)
    this.pass(30)
    if (this.#replyLost) {
      this.#replyLost = false
      const got = 'the connection was lost: the outcome is unknown'
      throw new OutcomeUnknown({ host: hostsOf(step)[0], step: step.kind, got, hint: 'run it again' })
    }
  }

  #record(step: Step & { kind: 'record' }): void {
    if (step.founded !== undefined && this.founding !== undefined) this.founding = { ...this.founding, state: 'done' }
    if (step.gone !== undefined)
      this.left = this.left.map((left) => (step.gone?.includes(left.id) === true ? { ...left, stopped: true } : left))
    this.#onEach(step.served, (machine, { conf }) => {
      if (!this.serves(machine) || machine.server?.conf !== conf)
        this.harms.push(`${machine.host} is noted to serve with ${conf}`)
      machine.served = conf
    })
  }

  #reconfig(step: Step & { kind: 'reconfig' }, goal: Goal): void {
    this.judgeMove(step, goal)
    // A session goes through any that serves.
    if (goal.kind === 'converge' && goal.superIsNew === true)
      for (const { host, role, server } of this.machines.filter(this.serves))
        if (role !== 'absent' && server?.conf === oldConf)
          throw new Refused({ host, step: 'reconfig', got: 'NO_AUTH', hint: 'restart it' })
    const why = this.whyNot(step)
    if (why !== undefined) throw new NotBegun({ host: step.hosts[0], step: 'reconfig', got: why, hint: 'run it again' })
    if (this.#delay !== undefined) {
      this.#late = { at: this.time + this.#delay, step }
      this.#delay = undefined
      throw new OutcomeUnknown({ step: 'reconfig', got: 'no answer', hint: 'run it again' })
    }
    this.apply(step)
  }

  #turn(step: Step & { turns: readonly Turn[] }, goal: Goal): void {
    const serving = this.machines.filter((m) => step.turns.some(({ host }) => host === m.host) && this.serves(m))
    if (step.kind === 'rejoin') this.judgeRejoin(step.turns[0].host)
    else if (step.kind === 'restart') this.judgeRestart(serving, goal)
    else if (serving.some((m) => step.turns.some(({ host, stop }) => stop && host === m.host)))
      this.harms.push(`${step.kind} takes down ${serving.map((m) => m.host).join()}, which serves`)
    if (step.kind === 'join' && this.leading === undefined) this.harms.push('a member joins where nobody leads')
    if (step.kind === 'found') {
      const holding = this.machines.filter(({ zxid }) => zxid >= 0)
      if (holding.length >= this.majority() && this.config.length > 0)
        this.harms.push('a founding over a majority with data')
      this.founding ??= { id: step.founding, hosts: step.recorded, state: 'begun' }
    }
    if (step.kind === 'found') this.config = step.lines
    const half = this.#half
    this.#half = undefined
    this.#onEach(step.turns, (machine, turn) => {
      if (step.kind === 'found' || step.kind === 'join') {
        if (turn.stop) this.#stop(machine)
        found(machine, step, half === 'stamp')
      }
      if (half === 'stamp' || half === 'found') throw cutShort(machine)
      if (turn.stop) this.#stop(machine)
      if (half === 'stop') throw cutShort(machine)
      emptied(machine, step)
      if (turn.switch) this.#switch(machine, turn)
      if (half === 'switch') throw cutShort(machine)
      if (machine.server !== undefined) return
      if (machine.current !== turn.conf)
        this.harms.push(`${machine.host} starts ${machine.current ?? 'nothing'}, not ${turn.conf}`)
      this.#start(machine, this.time)
    })
    this.elect()
  }

  #switch(machine: Machine, turn: Turn): void {
    if (machine.server !== undefined && !turn.stop)
      throw new NotBegun({ host: turn.host, step: 'member', got: 'a server of ours runs', hint: 'stop it first' })
    if (machine.server === undefined) machine.current = turn.conf
  }

  #onEach<T extends { host: HostName }>(turns: readonly T[], change: (machine: Machine, turn: T) => void): void {
    const lost: Failure[] = []
    for (const turn of turns) {
      const machine = this.machines.find(({ host }) => host === turn.host)
      if (machine === undefined || !isSeen(machine)) lost.push(unreachable(turn.host))
      else change(machine, turn)
    }
    if (lost[0] !== undefined) throw lost[0]
  }

  #stop(machine: Machine): void {
    machine.frozen = false
    delete machine.server
    this.elect()
  }

  #start(machine: Machine, since: number): void {
    machine.wanted = true
    if (!this.canStart(machine)) return
    this.#nonces += 1
    machine.server = { conf: machine.current ?? '', nonce: `n${this.#nonces}`, since }
  }
}
