import { format } from '../../model/format.ts'
import type { Made } from '../made.ts'
import type { Hash } from './manifest.ts'
import { damaged, parsed } from './stored.ts'

/** Who writes, and why; `at` is ISO 8601. */
export interface Note {
  readonly who: string
  readonly run: string
  readonly at: string
  readonly reason: string
}

export interface Generation extends Note {
  readonly generation: number
  readonly path: string
  /** hash that names the manifest; null for generation 0, which owns nothing */
  readonly root: Hash | null
}

/** A larger apply under way; `abandoned` are manifests of earlier ones that died before they were finished. */
export interface Applying extends Generation {
  readonly abandoned: readonly Hash[]
}

/** What the znode HEAD holds: the generation that readers may rely on, and the one under way. */
export interface Head extends Generation {
  readonly applying: Applying | null
  /** of transactions before the one that wrote HEAD last; what that one made has its zxid */
  readonly made: Made
}

export const encodeHead = (head: Head): Buffer => {
  const { applying, made, ...rest } = head
  const ranges = made.map((range) => range.join('-'))
  return Buffer.from(JSON.stringify({ format, ...rest, made: ranges, ...(applying === null ? {} : { applying }) }))
}

/** Throws a Failure, exit 5, where it is damaged or of a later version (case 42). */
export function decodeHead(data: Buffer, step: string): Head {
  const value = parsed(data, step)
  const { applying, made } = value
  return {
    ...generationOf(value, step),
    applying: applying === undefined ? null : upcoming(applying, step),
    made: madeOf(made, step),
  }
}

function madeOf(value: unknown, step: string): Made {
  if (!Array.isArray(value)) throw damaged(step, 'no zxids')
  return value.map((range: unknown) => {
    const [, from, to] = /^([0-9a-f]{16})-([0-9a-f]{16})$/.exec(String(range)) ?? []
    if (from === undefined || to === undefined) throw damaged(step, 'zxids that are none')
    return [from, to] as const
  })
}

function upcoming(value: unknown, step: string): Applying {
  if (typeof value !== 'object' || value === null) throw damaged(step, 'applying')
  const abandoned: unknown = 'abandoned' in value ? value.abandoned : []
  if (!Array.isArray(abandoned) || !abandoned.every((root) => typeof root === 'string'))
    throw damaged(step, 'abandoned')
  return { ...generationOf(value as Record<string, unknown>, step), abandoned }
}

/** Throws a Failure, exit 5, where it is damaged. */
export function generationOf(value: Readonly<Record<string, unknown>>, step: string): Generation {
  const { generation, path, root, who, run, at, reason } = value
  if (
    !Number.isSafeInteger(generation) ||
    Number(generation) < 0 ||
    typeof path !== 'string' ||
    (root !== null && typeof root !== 'string')
  )
    throw damaged(step, 'no generation, path or root')
  if (typeof who !== 'string' || typeof run !== 'string' || typeof at !== 'string' || typeof reason !== 'string')
    throw damaged(step, 'no author')
  return { generation: Number(generation), path, root, who, run, at, reason }
}
