import { describe, expect, it } from 'vitest'
import type { Fleet } from '../../../../../src/commands/shared/look/fleet.ts'
import { openAny } from '../../../../../src/commands/shared/look/session.ts'
import { ensemble, ports, unreachable } from '../../../build.ts'

describe('the session of a command', () => {
  const asked = async (beside: readonly string[], avoid?: string) => {
    const tried: string[] = []
    const fleet: Fleet = {
      connections: new Map(),
      remotes: [],
      unreached: new Map(),
      beside: new Set(beside),
      dial: (host) => {
        tried.push(host)
        return Promise.reject(unreachable(host))
      },
    }
    const { facts } = ensemble(3)
    const members = facts.members.map((member) => ({ ...member, at: { address: '10.0.0.1', port: ports.client } }))
    await expect(openAny(fleet, { ...facts, members }, [], avoid)).rejects.toThrow()
    return tried
  }

  it('goes through followers first, the one to avoid last', async () => {
    expect(await asked([])).toEqual(['zk1', 'zk2', 'zk3'])
    expect(await asked([], 'zk1')).toEqual(['zk2', 'zk3', 'zk1'])
  })

  it('goes by SSH where it can: it tells a password', async () => {
    expect(await asked(['zk1'])).toEqual(['zk2', 'zk3', 'zk1'])
    expect(await asked(['zk1', 'zk2'], 'zk3')).toEqual(['zk3', 'zk1', 'zk2'])
  })

  it('where nobody serves, tells of hosts that it could not ask first: exit 4', async () => {
    const fleet = {
      connections: new Map(),
      remotes: [],
      beside: new Set<string>(),
      dial: () => Promise.reject(new Error()),
    }
    const none = { ...ensemble(1).facts, members: [] }
    const away = new Map([['zk1', unreachable('zk1')]])
    await expect(openAny({ ...fleet, unreached: away }, none, [])).rejects.toMatchObject({ exit: 4 })
    await expect(openAny({ ...fleet, unreached: new Map() }, none, [])).rejects.toMatchObject({ exit: 1 })
  })
})
