import { Failure, Failures } from '../model/failure.ts'
import { check } from './check.ts'
import { complete } from './complete.ts'
import { fit } from './fit.ts'
import type { Inventory } from './inventory.ts'
import type { Disk } from './paths.ts'
import type { Problem } from './problem.ts'
import { related } from './problem.ts'
import { readYaml } from './yaml-source.ts'

/** Where an inventory's text comes from; `shown` is the file's name in messages, as its user gave it. */
export interface Where extends Disk {
  readonly shown?: string
}

/**
 * The inventory of `text`. Throws Failures (exit 3) with every problem that it has, each at its line and column (cases
 * 28, 29, 39).
 */
export function parseInventory(text: string, where: Where): Inventory {
  const file = where.shown ?? where.file
  const { source, faults } = readYaml(text)
  const told = faults.map(({ position, what }) =>
    failure(file, position, what, 'correct the YAML; nothing was contacted'),
  )
  if (source === undefined) throw new Failures(told)
  const { problems, lost, value } = fit(source.raw)
  const sense = value === undefined ? [] : check(value, where)
  // what is wrong only because a faulty part was left out is not told
  const all = [...problems, ...sense.filter(({ path }) => !lost.some((part) => related(path, part)))]
  const failures = [...told, ...all.map((problem) => failureOf(file, source.position(problem), problem))]
  if (failures.length > 0 || value === undefined) throw new Failures(failures.sort(byPosition))
  return complete(value, where)
}

const failureOf = (file: string, position: string, { what, hint }: Problem): Failure =>
  failure(file, position, what, hint ?? 'correct the inventory; nothing was contacted')

const failure = (file: string, position: string, got: string, hint: string): Failure =>
  new Failure({ step: `${file}:${position}`, got, hint, exit: 3 })

function byPosition(a: Failure, b: Failure): number {
  const [lineA = 0, columnA = 0] = place(a)
  const [lineB = 0, columnB = 0] = place(b)
  return lineA - lineB || columnA - columnB
}

const place = ({ step }: Failure): number[] => step.split(':').slice(-2).map(Number)
