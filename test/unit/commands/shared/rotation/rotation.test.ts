import { expect, test } from 'vitest'
import { authOf } from '../../../../../src/commands/shared/prepare/identity.ts'
import { newIds, notAmidRotation, notYet, toHandOut } from '../../../../../src/commands/shared/rotation/rotation.ts'
import { makeSecrets, noSecrets, recovered, rotated, rotation } from '../../../../../src/local/secrets.ts'
import { digestId } from '../../../../../src/zookeeper/digest.ts'
import { ensemble } from '../../../build.ts'
import { inventory } from '../../../hosts/build.ts'

const before = makeSecrets(noSecrets, ['web'])
const amid = rotation()(before)

test('amid a rotation sessions tell both passwords, the new one first; after it that one alone', () => {
  const told = (secrets: typeof amid) => authOf(secrets, 'super').map(({ auth }) => auth.reveal())
  expect(told(amid)).toEqual([amid, before].map(({ passwords }) => `super:${passwords.super?.reveal() ?? ''}`))
  expect(told(rotated(amid))).toEqual(told(amid).slice(0, 1))
  expect(authOf(amid)).toHaveLength(2)
})

test('the id of dman alone changes in ACLs, and only amid a rotation', () => {
  const [dman, former] = [amid.passwords.dman!, before.passwords.dman!]
  expect([...newIds(amid)]).toEqual([[digestId('dman', former), digestId('dman', dman)]])
  expect(newIds(before).size).toBe(0)
})

test('what writes trees alone waits for the end of a rotation', () => {
  expect(() => notAmidRotation(amid)).toThrow(/not finished/)
  expect(() => notAmidRotation(rotated(amid))).not.toThrow()
})

test('it is not over while a member runs with other settings, or was not seen to run', () => {
  const goal = {
    members: [1, 2, 3].map((id) => ({
      host: `zk${id}`,
      id,
      address: '',
      role: 'participant' as const,
      conf: 'conf-b',
    })),
  }
  const [first, ...others] = goal.members
  const now = ensemble(3).runs('conf-b').runs('conf-b', 'zk1', 'zk2', 'zk3').leader('zk2').facts
  expect(notYet(goal, now)).toEqual([])
  expect(notYet(goal, ensemble(3).runs('conf-b', 'zk1', 'zk3').runs('conf-a', 'zk2').facts)).toEqual(['zk2'])
  expect(notYet(goal, ensemble(3).runs('conf-b', 'zk1', 'zk2').down('zk3').facts)).toEqual(['zk3'])
  expect(notYet({ members: [{ ...first!, role: 'absent' }, ...others] }, now)).toEqual([])
})

test('after a recovery, and no other change, it is told that clients by TLS may need another CA', () => {
  const plain = inventory(3)
  const secure = inventory(3, { ports: { ...plain.ports, secure: 2281 } })
  const known = recovered(noSecrets, [])
  expect(toHandOut(secure, known)).toEqual([expect.stringMatching(/\/ca\.pem: where the CA was lost/)])
  for (const [asked, secrets] of [
    [plain, known],
    [secure, amid],
    [secure, rotated(known)],
  ] as const)
    expect(toHandOut(asked, secrets)).toEqual([])
})
