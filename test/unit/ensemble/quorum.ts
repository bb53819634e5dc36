import type { DesiredMember, Goal } from '../../../src/ensemble/desired.ts'
import type { Left } from '../../../src/ensemble/facts.ts'
import type { Step } from '../../../src/ensemble/plan/step.ts'
import type { HostName, Role } from '../../../src/model/names.ts'
import { formatMember, type Member } from '../../../src/zookeeper/config.ts'
import type { Reconfig } from '../../../src/zookeeper/zookeeper.ts'
import type { Behaviour, Machine, WorldOptions } from './machine.ts'
import { isSeen } from './sight.ts'

export const wordsOf = ({ members }: { members: readonly Member[] }) => members.map(formatMember).join('\n')

/** What /zookeeper/config is to say of a member, in its own words: the planner's lines are judged by it, so none of theirs is asked. */
export const wishedLine = ({ id, address, role }: DesiredMember, { client, peer, election }: Goal['ports']) =>
  role === 'absent' ? undefined : `server.${id}=${address}:${peer}:${election}:${role};${address}:${client}`

/** Where the others look for a member; its clients' port is none of that. */
const placesIn = (line: Member | undefined): string | undefined =>
  line?.addresses.map(({ address, peer, election }) => `${address} ${peer} ${election}`).join()

/** Where it leads from. */
const seatIn = (line: Member | undefined): string | undefined =>
  line?.addresses.map(({ address, peer }) => `${address} ${peer}`).join()

const roleAt = (index: number, { participants, observers }: WorldOptions): Role =>
  index < participants ? 'participant' : index < participants + observers ? 'observer' : 'absent'

/**
 * A small model of machines and of ZooKeeper on them, written without a look at the planner's own expectations: processes, elections by
 * zxid and id, data that only a founding makes votable, and who belongs.
 */
export class Quorum {
  time = 0
  /** what must never happen, in words */
  readonly harms: string[] = []
  readonly machines: Machine[]
  leading: Machine | undefined
  epoch = 0
  /** /zookeeper/config, and how often it was changed */
  config: readonly Member[] = []
  version = 1
  left: readonly Left[] = []

  constructor(readonly options: WorldOptions) {
    const { participants, observers, spares = 0 } = options
    this.machines = Array.from({ length: participants + observers + spares }, (_, index) => ({
      host: `zk${index + 1}`,
      id: index + 1,
      address: `10.0.0.${index + 1}`,
      role: roleAt(index, options),
      reachable: true,
      power: true,
      frozen: false,
      initialize: false,
      zxid: -1,
    }))
  }

  /** What the inventory asks for from now on. */
  want(roles: readonly Role[]): this {
    this.machines.forEach((machine, index) => (machine.role = roles[index] ?? machine.role))
    return this
  }

  /** The machine gets another address, in the inventory too: what ran there ran at the former one. */
  move(host: HostName, address: string): this {
    return this.befallOne(host, (machine) => {
      machine.address = address
      delete machine.server
    })
  }

  /** A new machine with that name: nothing of ours is there. */
  replace(host: HostName): this {
    return this.befallOne(host, (machine) => {
      Object.assign(machine, { zxid: -1, initialize: false, frozen: false })
      delete machine.stamp
      delete machine.current
      delete machine.served
      delete machine.own
      delete machine.wanted
      delete machine.server
    })
  }

  private befallOne(host: HostName, change: (machine: Machine) => void): this {
    for (const machine of this.machines) if (machine.host === host) change(machine)
    this.elect()
    return this
  }

  get lines(): readonly string[] {
    return this.config.map(formatMember)
  }

  behaviour(machine: Machine): Behaviour {
    const conf = machine.server?.conf ?? ''
    return this.options.behaves?.(machine.host, conf) ?? 'serves'
  }

  works = (machine: Machine): boolean =>
    machine.server !== undefined &&
    !machine.frozen &&
    this.behaviour(machine) === 'serves' &&
    this.time - machine.server.since >= (this.options.slowness ?? 900)

  majority = (lines = this.config): number =>
    Math.floor(lines.filter(({ role }) => role === 'participant').length / 2) + 1
  shown = (): string => this.version.toString(16).padStart(16, '0')
  line = (machine: Machine): Member | undefined => this.config.find(({ id }) => id === machine.id)
  /** by /zookeeper/config */
  votes = (machine: Machine): boolean => this.line(machine)?.role === 'participant'
  listed = (machine: Machine): boolean => this.line(machine) !== undefined

  /** By its own file a member cannot come up where it is not listed, or at an address that is not the machine's. */
  canStart(machine: Machine): boolean {
    return machine.own?.members.find(({ id }) => id === machine.id)?.addresses[0]?.address === machine.address
  }
  /** Whoever was started as an observer has no vote before it has learnt of another role. */
  knowsVote = (machine: Machine): boolean =>
    machine.own?.members.some(({ id, role }) => id === machine.id && role === 'participant') === true

  /** whoever can, votes; then everybody that follows has what the leader has */
  elect(): void {
    for (const machine of this.machines) {
      if (machine.server !== undefined && this.behaviour(machine) === 'ends') delete machine.server
    }
    this.choose()
    this.follow()
  }

  private choose(): void {
    const able = this.machines.filter((m) => this.works(m) && this.votes(m) && this.knowsVote(m))
    for (const machine of able) {
      if (machine.zxid < 0 && machine.initialize) Object.assign(machine, { zxid: 0, initialize: false })
    }
    const voting = able.filter(({ zxid }) => zxid >= 0)
    const heard = (leader: Machine) => voting.filter((m) => m === leader || this.talk(m, leader)).length
    const leaders = voting.filter((m) => heard(m) >= this.majority())
    if (leaders.length === 0) return void (this.leading = undefined)
    if (this.leading === undefined || !leaders.includes(this.leading)) {
      this.epoch += 1
      this.leading = leaders.reduce((best, m) =>
        m.zxid > best.zxid || (m.zxid === best.zxid && m.id > best.id) ? m : best,
      )
      const newest = Math.max(...this.machines.map(({ zxid }) => zxid))
      if (this.leading.zxid < newest) this.harms.push(`${this.leading.host} leads without what was acknowledged`)
      this.leading.zxid = Math.max(newest, this.epoch * 1000)
    }
  }

  private follow(): void {
    if (this.leading === undefined) return
    // Clients write all the time: whoever serves has what the leader has.
    this.leading.zxid += 1
    for (const machine of this.machines) {
      if (!this.serves(machine)) continue
      machine.zxid = this.leading.zxid
      machine.own = { version: this.shown(), members: this.config }
      // What it reads there it cannot bind: it ends.
      const line = this.line(machine)
      if (line !== undefined && line.addresses[0]?.address !== machine.address) delete machine.server
    }
  }

  /** What is not listed follows all the same, without a vote. */
  serves = (machine: Machine): boolean =>
    this.leading !== undefined &&
    this.works(machine) &&
    (machine === this.leading || (this.hears(machine) && this.talk(machine, this.leading)))

  private talk({ server: one }: Machine, { server: other }: Machine): boolean {
    if (one === undefined || other === undefined) return false
    return this.options.talk?.(one.conf, other.conf, Math.max(one.since, other.since)) ?? true
  }

  /** By its own file it finds one of those of today, or it is where they look for it: else it knows nobody any more. */
  private hears({ id: own, own: file }: Machine): boolean {
    const known = (id: number) => file?.members.find((line) => line.id === id)
    const same = (line: Member) => known(line.id) !== undefined && placesIn(line) === placesIn(known(line.id))
    return this.config.some((line) => same(line) && (line.id === own || this.worksAt(line.id)))
  }
  private worksAt = (id: number): boolean => this.machines.some((machine) => machine.id === id && this.works(machine))

  get leader(): HostName | undefined {
    return this.leading?.host
  }

  servingParticipants = (): readonly Machine[] =>
    this.machines.filter((machine) => this.votes(machine) && this.serves(machine))

  whyNot({ change }: Step & { kind: 'reconfig' }): string | undefined {
    if (this.leading === undefined) return 'nobody leads'
    if (change.from !== this.shown()) return 'BAD_VERSION'
    const lines = this.changed(change)
    const votes = (m: Machine) => lines.some(({ id, role }) => id === m.id && role === 'participant')
    // An observer is not among those that ZooKeeper counts as synced.
    const synced = this.machines.filter((m) => this.serves(m) && votes(m) && this.line(m)?.role !== 'observer')
    return synced.length < this.majority(lines) ? 'NEW_CONFIG_NO_QUORUM' : undefined
  }

  changed({ joining, leaving }: Reconfig): readonly Member[] {
    const stay = this.config.filter(({ id }) => !leaving.includes(id) && !joining.some((line) => line.id === id))
    return [...stay, ...joining].sort((a, b) => a.id - b.id)
  }

  /** Whoever led from a place that is its own no more gives it up to another. */
  private handOver(): void {
    const former = this.leading
    const next = this.servingParticipants().find((machine) => machine !== former)
    if (next === undefined) return void this.harms.push(`${former?.host ?? ''} gives up leading to nobody`)
    this.epoch += 1
    next.zxid = Math.max(this.epoch * 1000, former?.zxid ?? 0)
    this.leading = next
  }

  /** The leader's own move makes it give up leading: so it is the last of all that move. */
  judgeMove({ hosts: [host], change }: Step & { kind: 'reconfig' }, goal: Goal): void {
    const others = goal.members.filter((want) => {
      const [line, wanted] = [this.config.find(({ id }) => id === want.id), wishedLine(want, goal.ports)]
      return want.host !== host && line !== undefined && wanted !== undefined && formatMember(line) !== wanted
    })
    if (host === this.leader && change.joining.length > 0 && others.length > 0)
      this.harms.push(`the leader moves before ${others.map((want) => want.host).join()}`)
  }

  /** A restart of a serving member: the others have to go on, and the leader goes last. */
  judgeRestart(serving: readonly Machine[], goal: Goal): void {
    const others = this.servingParticipants().filter((machine) => !serving.includes(machine))
    const taken = serving.some(this.votes)
    const votes = this.config.filter(({ role }) => role === 'participant').length
    // Where the super user is new, nobody's vote can be taken before.
    const isLost = goal.kind === 'converge' && goal.superIsNew === true
    const dead = this.machines.filter((m) => m.role === 'absent' && this.votes(m) && !this.serves(m))
    const few = votes <= 2 || (isLost && dead.length > 0)
    const asked = goal.kind !== 'stop' && goal.mayStopService === true && few
    if (taken && others.length < this.majority() && !asked) this.harms.push('a roll ends the quorum')
    const meant = this.machines.filter(({ role }) => role !== 'absent')
    const seen = meant.filter((machine) => isSeen(machine))
    if (seen.length < meant.length) this.harms.push('a serving member is taken down while a host is out of reach')
    const belong = meant.filter(this.listed)
    const down = belong.filter((machine) => !this.serves(machine)).map(({ host }) => host)
    if (down.length > 0) this.harms.push(`a second member is taken down beside ${down.join()}`)
    if (serving.length !== 1) this.harms.push(`${serving.length} members are restarted at once`)
    const want = (host: HostName) => goal.members.find((each) => each.host === host)
    // On a way of several conf releases those are behind that run the one that is left.
    const isAway = ({ host, server }: Machine) =>
      want(host)?.way === undefined ? server?.conf !== want(host)?.conf : server?.conf === serving[0]?.server?.conf
    const isBehind = (machine: Machine) =>
      goal.kind === 'serve' ? goal.restart?.get(machine.host) === machine.server?.nonce : isAway(machine)
    const behind = seen.filter(
      (machine) => this.listed(machine) && isBehind(machine) && (goal.only?.has(machine.host) ?? true),
    )
    if (serving.some((m) => m === this.leading) && behind.length > 1) this.harms.push('the leader is not the last')
  }

  /** Its data goes, so the others have to hold all that was acknowledged. */
  judgeRejoin(host: HostName): void {
    const machine = this.machines.find((each) => each.host === host)
    const others = this.servingParticipants().filter((each) => each !== machine)
    if (others.length < this.majority()) this.harms.push(`${host} loses its data while the others are no majority`)
  }

  apply({ change, left }: Step & { kind: 'reconfig' }): void {
    const before = this.config
    const told = this.machines.filter(this.serves)
    const led = this.leading && seatIn(this.line(this.leading))
    this.config = this.changed(change)
    this.version += 1
    if (this.leading !== undefined && this.votes(this.leading) && led !== seatIn(this.line(this.leading)))
      this.handOver()
    for (const machine of told) machine.own = { version: this.shown(), members: this.config }
    if (left !== undefined) this.left = [...this.left.filter(({ id }) => id !== left.id), left]
    if (this.servingParticipants().length < this.majority())
      this.harms.push(`${wordsOf({ members: before })} becomes ${wordsOf({ members: this.config })}: too few serve`)
    const joins = change.joining.find(
      ({ id, role }) => role === 'participant' && !before.some((line) => line.id === id && line.role === role),
    )
    const machine = this.machines.find(({ id }) => id === joins?.id)
    if (machine !== undefined && !this.serves(machine))
      this.harms.push(`${machine.host} gets a vote and does not follow`)
    this.elect()
  }
}
