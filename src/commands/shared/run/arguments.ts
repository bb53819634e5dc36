import { InvalidArgumentError } from 'commander'
import type { Inventory } from '../../../inventory/inventory.ts'
import { Failure } from '../../../model/failure.ts'
import type { HostName } from '../../../model/names.ts'
import type { TreeSource } from '../../../model/tree-source.ts'
import type { Since } from '../../../remote/logs.ts'
import type { Registered } from './registered.ts'
import type { Options } from './run.ts'
import { sinceOf } from './since.ts'

// What options take, read as commander wants it: words that do not fit are an InvalidArgumentError, so exit 3.

/** A day: a timer of more than 24.8 days would end at once. */
const longest = 86_400
/** Seconds, at most a day. */
export const seconds = (text: string): number => {
  const value = text.trim() === '' ? NaN : Number(text)
  if (!(value >= 0)) throw new InvalidArgumentError('a number of seconds is wanted.')
  if (value > longest) throw new InvalidArgumentError(`at most ${longest} seconds, a day, are wanted.`)
  return value
}
/** Seconds, more than none. */
export const patience = (text: string): number => {
  if (seconds(text) === 0) throw new InvalidArgumentError('more than no time at all is wanted.')
  return seconds(text)
}
/** A whole number from 1 on. */
export const count = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1 on is wanted.')
  return value
}
/** What --since takes. */
export function since(text: string): Since {
  const found = sinceOf(text)
  if (found === undefined)
    throw new InvalidArgumentError('a duration such as 10m or 2h, or a time such as 2026-01-31T09:30 is wanted.')
  return found
}
/** Names with commas between. */
export const names = (text: string): string[] => text.split(',').map((name) => name.trim())

/** Exit 3 for a name that is no host's; `what` was read. */
export function knownHost({ hosts }: Pick<Inventory, 'hosts'>, name: HostName, what: string): void {
  if (hosts.some((host) => host.name === name)) return
  throw new Failure({
    step: `read ${what}`,
    got: `no host ${name} in the inventory`,
    hint: `the inventory has ${hosts.map((host) => host.name).join(', ')}`,
    exit: 3,
  })
}

/** The tree of that name; exit 3 where the inventory has none. */
export function knownTree({ trees }: Pick<Inventory, 'trees'>, name: string): TreeSource {
  const found = trees.find((tree) => tree.name === name)
  if (found !== undefined) return found
  throw new Failure({
    step: 'read the tree’s name',
    got: `no tree ${name} in the inventory`,
    hint: trees.length === 0 ? 'it has none' : `the inventory has ${trees.map((tree) => tree.name).join(', ')}`,
    exit: 3,
  })
}

/** Exit 3 where --hosts was given to what takes no part of the hosts. */
export function refuseHosts({ noHosts }: Pick<Registered, 'noHosts'>, { hosts }: Pick<Options, 'hosts'>): void {
  if (hosts === undefined || noHosts === undefined) return
  throw new Failure({ step: 'read the arguments', got: '--hosts was given', hint: noHosts, exit: 3 })
}
