import { Refused } from '../../model/failure.ts'
import { formatIs, laterVersion } from '../../model/format.ts'

/** A JSON object of ours. Throws a Failure, exit 5, where it is none or its format is a later one (docs/design.md, Formats). */
export function parsed(data: Buffer, step: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(data.toString())
  } catch {
    throw damaged(step, 'not JSON')
  }
  if (typeof value !== 'object' || value === null || !('format' in value)) throw damaged(step, 'no format')
  const standing = formatIs(value.format)
  if (standing === 'later') throw laterVersion(Number(value.format), step)
  if (standing === 'damaged') throw damaged(step, `no such format: ${JSON.stringify(value.format)}`)
  return value
}

/** What stands below /dman/meta and is not as this program writes it. */
export const damaged = (step: string, got: string): Refused =>
  new Refused({
    step,
    got: `damaged: ${got}`,
    hint: 'someone else wrote below /dman/meta; once the tree’s own folder there is removed, the next seed takes over what is equal',
  })
