import { join } from 'node:path'
import { absent, type Fact, present, unknown } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import { makeStateFolder, readRecord, writeRecord } from './state.ts'

/** The founding of an ensemble as .dman is to record it: begun until a quorum served, then done. */
export interface FoundingRecord {
  /** random; every member's stamp carries it */
  readonly id: string
  readonly hosts: readonly HostName[]
  readonly state: 'begun' | 'done'
  /** address of each host, as the inventory had it, and the folder below its user's home; a record of an earlier version has none */
  readonly addresses?: Readonly<Record<HostName, string>>
  readonly home?: string
}

/** One that is recorded. */
export interface Founding extends FoundingRecord {
  /** ISO 8601 */
  readonly begunAt: string
}

const pathOf = (state: string): string => join(state, 'founding.json')

/**
 * The founding that is recorded in `.dman/<ensemble>`; absent where there is none, or where `destroy --data` has ended it.
 * Unknown where the record cannot be used, also one of a later version (case 42).
 */
export async function readFounding(state: string): Promise<Fact<Founding>> {
  try {
    const record = await readRecord(pathOf(state))
    if (record === undefined || record['state'] === 'ended') return absent
    const founding = foundingOf(record)
    if (founding !== undefined) return present(founding)
    const step = `read ${pathOf(state)}`
    return unknown(new Failure({ step, got: 'it is damaged', hint: 'put back a copy of it from a backup', exit: 5 }))
  } catch (error) {
    if (error instanceof Failure) return unknown(error)
    throw error
  }
}

export function foundingOf(record: Readonly<Record<string, unknown>>): Founding | undefined {
  const { id, hosts, begun_at: begunAt, state, addresses, home } = record
  if (typeof id !== 'string' || typeof begunAt !== 'string' || !Array.isArray(hosts)) return undefined
  if (!hosts.every((host) => typeof host === 'string') || (state !== 'begun' && state !== 'done')) return undefined
  return {
    id,
    hosts,
    begunAt,
    state,
    ...(isTexts(addresses) ? { addresses } : {}),
    ...(typeof home === 'string' ? { home } : {}),
  }
}

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string')

/**
 * Records a founding, before the first host learns of it, and again when it is done. Rejects with exit 5 where another founding is recorded
 * that was not ended, or the record cannot be used.
 */
export async function saveFounding(
  state: string,
  { begunAt, ...founding }: FoundingRecord & Partial<Founding>,
): Promise<void> {
  const known = await readFounding(state)
  if (known.is === 'unknown') throw known.why
  if (known.is === 'present' && known.value.id !== founding.id) throw recorded(known.value, founding.id)
  makeStateFolder(state)
  const first = known.is === 'present' ? known.value.begunAt : (begunAt ?? new Date().toISOString())
  await writeRecord(pathOf(state), { ...founding, begun_at: first })
}

const recorded = ({ id, hosts }: Founding, wanted: string) =>
  new Failure({
    step: 'record the founding',
    got: `.dman records the founding ${id} on ${hosts.join(', ')}, which was not ended; this run would record ${wanted}`,
    hint: 'nothing was founded; another run may have begun it meanwhile: run it again',
    exit: 5,
  })

/** Ends the record, once every host has confirmed that its data is gone; nothing where there is none. */
export async function endFounding(state: string): Promise<void> {
  const record = await readRecord(pathOf(state))
  if (record !== undefined) await writeRecord(pathOf(state), { ...record, state: 'ended' })
}
