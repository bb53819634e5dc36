import { describe, expect, it } from 'vitest'
import { cronLines, hasCronLines, ownLines, usableCrontab } from '../../../src/hosts/crontab.ts'
import { absent, present, unknown } from '../../../src/model/fact.ts'
import { Failure } from '../../../src/model/failure.ts'
import { host } from './build.ts'

const where = { home: '/home/dman' }
const lines = cronLines(where, 'dman')
const cron = (allowed = present(true), running = present(true)) => host(1).machine({ cron: { allowed, running } })

describe('our lines in a crontab', () => {
  it('are one each minute and one after a reboot, known by their end', () => {
    const each = lines.text.split('\n')
    expect(each.map((line) => line.split(' /bin/sh')[0])).toEqual(['* * * * *', '@reboot', ''])
    for (const line of each.slice(0, 2)) expect(line.endsWith(lines.mark)).toBe(true)
    expect(each[0]).toContain('umask 077')
  })

  it('of a home with signs that mean something are quoted, and % is escaped as crontabs want it', () => {
    const { text, mark } = cronLines({ home: "/home/o'hara 100%" }, 'dman')
    expect(text).toContain(`'/home/o'\\''hara 100\\%/dman' # dman-bootstrap`)
    expect(mark).toBe("# dman-bootstrap format: 1 /home/o'hara 100\\%/dman")
    expect(text.replaceAll('\\%', '')).not.toContain('%')
  })

  it('are told from those of another home under the same login', () => {
    const other = cronLines(where, 'other').text
    expect(ownLines(`# x\n${other}${lines.text}`, lines)).toBe(lines.text)
    expect(ownLines(other, lines)).toBe('')
  })

  it('case 36: where cron cannot be used it is not known whether they work, with the reason', () => {
    const why = (facts: ReturnType<typeof host>) => {
      const fact = usableCrontab(facts.facts)
      return fact.is === 'unknown' ? fact.why.got : fact.is
    }
    const unread = unknown(new Failure({ step: 'observe', got: 'permission denied', hint: '' }))
    expect(why(cron())).toBe('present')
    expect(why(cron().with({ crontab: absent }))).toBe('absent')
    expect(why(cron().with({ crontab: unread }))).toBe('the crontab cannot be read: permission denied')
    expect(why(cron(present(false)))).toBe('this user may not use crontab')
    expect(why(cron(present(true), present(false)))).toBe('crond does not run')
    // /proc hides it: lines that nobody runs do no harm
    expect(why(cron(present(true), unread as never))).toBe('present')
  })

  it('are there or not', () => {
    const has = (text: string) => hasCronLines(cron().with({ crontab: present(text) }).facts, 'dman').is
    expect([has(`# x\n${lines.text}`), has('# x\n'), has(lines.text.slice(lines.text.indexOf('@')))]).toEqual([
      'present',
      'absent',
      'absent',
    ])
    expect(hasCronLines(cron(present(false)).facts, 'dman').is).toBe('unknown')
  })
})
