import { absent, type Fact, present, unknown } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import type { LogindFacts } from './host-facts.ts'
import { allSaid, said } from './records.ts'
import type { Records } from './remote.ts'

/**
 * What systemd-logind does to that which a login leaves running, by its files (logind.conf(5)): the main one has the lowest rank, the others
 * count in the order of their names, and of two with one name the one in the earlier folder hides the other. `system`: lines `logind FILE LINE`.
 */
export function logindFacts(records: Records, system: readonly string[]): Fact<LogindFacts> {
  const files = said(records, 'logind')?.split('\n').filter(Boolean)
  if (files === undefined) return absent
  if (allSaid(records, 'unreadable').includes('logind'))
    return unknown(
      new Failure({ step: 'observe', got: 'the settings of systemd-logind cannot be read', hint: 'look on the host' }),
    )
  const ordered = inOrder(files)
  const settings = ordered.flatMap((file) =>
    system.flatMap((line) => (line.startsWith(`logind ${file} `) ? [line.slice(`logind ${file} `.length)] : [])),
  )
  const user = said(records, 'user')?.trim() ?? ''
  const lingers = said(records, 'lingers') !== undefined
  return present({ kills: kills(settings, user), lingers, user })
}

const nameOf = (file: string): string => file.slice(file.lastIndexOf('/') + 1)

function inOrder(files: readonly string[]): readonly string[] {
  const first = files.filter((file, index) => files.findIndex((other) => nameOf(other) === nameOf(file)) === index)
  const isMain = (file: string) => /\/systemd\/logind\.conf$/.test(file)
  const byName = (one: string, other: string) => (nameOf(one) < nameOf(other) ? -1 : 1)
  return [...first.filter(isMain), ...first.filter((file) => !isMain(file)).sort(byName)]
}

function kills(settings: readonly string[], user: string): boolean {
  // A line that is commented out shows what holds by itself, which is up to the distribution: only where no other says anything.
  const lines = ['', '#'].map((comment) => valuesOf(settings, comment, 'UserProcesses').at(-1))
  const all = /^(1|y|yes|t|true|on)$/i.test(lines.find((value) => value !== undefined) ?? '')
  const only = namesIn(valuesOf(settings, '', 'OnlyUsers'))
  const spared = namesIn(['root', ...valuesOf(settings, '', 'ExcludeUsers')])
  if (spared.includes(user)) return false
  return only.length > 0 ? only.includes(user) : all
}

const valuesOf = (settings: readonly string[], comment: string, key: string): readonly string[] => {
  const line = new RegExp(`^\\s*${comment}\\s*Kill${key}\\s*=\\s*(.*?)\\s*$`)
  return settings.flatMap((setting) => line.exec(setting)?.[1] ?? [])
}

/** They add up; an empty one takes back those before it. */
const namesIn = (values: readonly string[]): readonly string[] =>
  values.slice(values.lastIndexOf('') + 1).flatMap((value) => value.split(/\s+/))
