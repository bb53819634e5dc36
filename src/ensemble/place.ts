import { absent, type Fact } from '../model/fact.ts'
import type { HostName } from '../model/names.ts'
import { liveServer } from '../remote/host-facts.ts'
import { type Endpoint, type EnsembleConfig, sameEndpoint } from '../zookeeper/config.ts'
import type { Asking } from './ask.ts'
import { configOf, type MemberLaid, type Serving } from './facts.ts'

/** A member that is to be found; `at`: where the inventory has it listen for clients. */
export interface Sought {
  readonly host: HostName
  readonly id: number
  readonly at: Endpoint
}

/**
 * Where a member may listen for clients, the surest first: as its server's own file says, which ZooKeeper writes before it moves; as
 * /zookeeper/config says; as the inventory asks for. Without a living server of ours there is only the last: whatever answers elsewhere
 * is not this host's.
 */
export function placesOf(
  { id, at }: Sought,
  laid: Fact<MemberLaid> | undefined,
  config: Fact<EnsembleConfig>,
): readonly Endpoint[] {
  if (laid?.is !== 'present' || liveServer(laid.value) === undefined) return [at]
  const listed = config.is === 'present' ? config.value : undefined
  const known = [configOf(laid.value), listed].flatMap((each) => {
    const client = each?.members.find((line) => line.id === id)?.client
    return client === undefined ? [] : [client]
  })
  return [...known, at].filter((one, index, all) => all.findIndex((other) => sameEndpoint(one, other)) === index)
}

/** What a member answered, and where. */
export interface Answer {
  readonly fact: Fact<Serving>
  /** undefined where it did not say that it serves */
  readonly at: Endpoint | undefined
}

/** The first place whose answer is that it serves counts; of the others one that gave none keeps it unknown. */
export async function answerAt(
  asking: Pick<Asking, 'serving'>,
  host: HostName,
  places: readonly Endpoint[],
  leads: boolean,
): Promise<Answer> {
  let fact: Fact<Serving> = absent
  for (const at of places) {
    const answer = await asking.serving(host, at, leads)
    if (answer.is === 'present') return { fact: answer, at }
    if (fact.is === 'absent') fact = answer
  }
  return { fact, at: undefined }
}

/** Whether what is known by now of where it listens calls for another question: its own place comes before any other. */
export const isElsewhere = (places: readonly Endpoint[], asked: readonly Endpoint[], { at }: Answer): boolean => {
  const [first] = places
  if (first === undefined || (at !== undefined && sameEndpoint(first, at))) return false
  return !asked.some((one) => sameEndpoint(one, first))
}
