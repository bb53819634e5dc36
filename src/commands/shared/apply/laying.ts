import { openArchive } from '../../../local/archive.ts'
import type { Run } from '../run/run.ts'

/** How this run lays out hosts. */
export const layingOf = ({ id, emit, options: { concurrency }, interrupted }: Run) => ({
  token: id,
  open: openArchive,
  emit,
  concurrency,
  interrupted,
})
