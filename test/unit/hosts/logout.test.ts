import { expect, test } from 'vitest'
import { logoutProblem } from '../../../src/hosts/logout.ts'
import { machineFindings } from '../../../src/hosts/preflight/machine.ts'
import { hostProblems } from '../../../src/hosts/room.ts'
import { absent, present, unknown } from '../../../src/model/fact.ts'
import { Failure } from '../../../src/model/failure.ts'
import type { MachineFacts } from '../../../src/remote/host-facts.ts'
import { host, inventory, inventoryHost } from './build.ts'

const killing = { kills: true, lingers: false, user: 'dman' }
const facts = (logind: MachineFacts['logind'], more: Partial<MachineFacts> = {}) =>
  host(1).machine({ logind, ...more }).facts
const finding = (logind: MachineFacts['logind']) => {
  const known = { inventory: inventory(1), archives: [], founding: absent }
  const seen = machineFindings(known, { host: inventoryHost(1), facts: facts(logind) })
  return seen.find(({ question }) => question === 'logout')
}

test('where a login takes down what it started, check and status say what follows and what to ask for', () => {
  expect(logoutProblem(facts(present(killing)))).toEqual({
    got: expect.stringContaining('cron starts them again within a minute') as string,
    hint: expect.stringContaining('KillExcludeUsers=dman') as string,
  })
  const without = facts(present(killing), { cron: { allowed: present(false), running: present(true) } })
  expect(logoutProblem(without)?.got).toContain('nothing starts them again')
  expect(logoutProblem(facts(present({ ...killing, lingers: true })))?.hint).toContain('lingers is not enough')
  expect(hostProblems(facts(present(killing)))).toEqual([expect.stringMatching(/KillUserProcesses.*ask the admin/)])
  expect(finding(present(killing))).toMatchObject({ level: 'warning' })
})

test('elsewhere nothing, and what cannot be told is not taken for well', () => {
  for (const fact of [absent, present({ ...killing, kills: false })]) {
    expect(hostProblems(facts(fact))).toEqual([])
    expect(finding(fact)).toMatchObject({ level: 'ok' })
  }
  const why = new Failure({ step: 'observe', got: 'cannot be read', hint: '' })
  expect(finding(unknown(why))).toMatchObject({ level: 'warning', got: 'cannot be read' })
})
