import { join } from 'node:path'
import type { Fact } from '../model/fact.ts'
import { absent, present, unknown } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import { makeStateFolder, readRecord, writeRecord } from './state.ts'

/** The founding of an ensemble as .dman records it: begun until a quorum served, then done. */
export interface Founding {
  /** random; every member's stamp carries it */
  readonly id: string
  readonly hosts: readonly HostName[]
  /** ISO 8601 */
  readonly begunAt: string
  readonly state: 'begun' | 'done'
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
  const { id, hosts, begun_at: begunAt, state } = record
  if (typeof id !== 'string' || typeof begunAt !== 'string' || !Array.isArray(hosts)) return undefined
  if (!hosts.every((host) => typeof host === 'string') || (state !== 'begun' && state !== 'done')) return undefined
  return { id, hosts, begunAt, state }
}

/** Records a founding, before the first host learns of it, and again when it is done. */
export async function saveFounding(state: string, { id, hosts, begunAt, state: at }: Founding): Promise<void> {
  makeStateFolder(state)
  await writeRecord(pathOf(state), { id, hosts, begun_at: begunAt, state: at })
}

/** Ends the record, once every host has confirmed that its data is gone; nothing where there is none. */
export async function endFounding(state: string): Promise<void> {
  const record = await readRecord(pathOf(state))
  if (record !== undefined) await writeRecord(pathOf(state), { ...record, state: 'ended' })
}
