import type { Operation } from '../../zookeeper/zookeeper.ts'
import type { Tree } from '../desired.ts'
import { type Counts, encodeRecord } from '../history/record.ts'
import { type Made, withMade } from '../made.ts'
import { encodeHead, type Generation, type Head, type Note } from '../meta/head.ts'
import type { StoredManifest } from '../meta/manifest.ts'
import type { SeenHead } from '../meta/read.ts'
import { metaOf, recordAt } from '../path.ts'
import { create } from './metadata.ts'

/** Of a plan what HEAD and the generation's record say. */
export interface Heading extends Pick<Tree, 'name' | 'path' | 'metaAcl' | 'dmanAcl'> {
  readonly generation: number
  readonly manifest: Pick<StoredManifest, 'root'>
  readonly seen: SeenHead | null
  readonly record: { readonly counts: Counts; readonly isThere: boolean }
}

/** A note by itself. */
export const noteIn = ({ who, run, at, reason }: Note): Note => ({ who, run, at, reason })

/** The generation that a plan comes to. */
export const nextGeneration = ({ generation, path, manifest }: Heading, note: Note): Generation => ({
  generation,
  path,
  root: manifest.root,
  ...noteIn(note),
})

/** HEAD once it is applied. */
export const nextHead = (plan: Heading, note: Note): Head => ({
  ...nextGeneration(plan, note),
  applying: null,
  made: madeBefore(plan),
})

/** What HEAD's last transaction made, too: whoever writes HEAD again takes that zxid from it. */
export const madeBefore = ({ seen }: Pick<Heading, 'seen'>): Made =>
  seen === null ? [] : withMade(seen.head.made, [seen.mzxid])

/** HEAD made, or set where it is at the version that was `seen`. */
export function moveHead(
  { name, metaAcl }: Pick<Heading, 'name' | 'metaAcl'>,
  head: Head,
  seen: { readonly version: number } | null,
): Operation {
  const path = metaOf(name).head
  const data = encodeHead(head)
  return seen === null ? create(path, data, metaAcl) : { do: 'set', path, data, version: seen.version }
}

export function recordOf({ name, generation, dmanAcl, record }: Heading, said: Generation): Operation {
  const { path, root } = said
  const data = encodeRecord({ generation: said.generation, path, root, ...noteIn(said), ...record.counts })
  const place = recordAt(name, generation)
  return record.isThere ? { do: 'set', path: place, data, version: -1 } : create(place, data, dmanAcl)
}

/** What begins a plan of one transaction, and with what it is written to the byte: HEAD and the record. */
export const headAndRecord = (plan: Heading, note: Note): readonly Operation[] => [
  moveHead(plan, nextHead(plan, note), plan.seen),
  recordOf(plan, nextGeneration(plan, note)),
]
