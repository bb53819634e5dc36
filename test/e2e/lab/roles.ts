import type { TestLab } from './lab.ts'

export type Roles = Readonly<Record<string, 'participant' | 'observer' | 'absent'>>

/** Makes the lab's inventory one of these hosts in these roles; what is not named is not in it. Resolves with its path. */
export const haveRoles = (lab: TestLab, roles: Roles): Promise<string> =>
  lab.edit(
    (inventory) => {
      for (const { name, id, address } of lab.hosts) {
        const role = roles[name]
        if (role === undefined) inventory.deleteIn(['hosts', name])
        else inventory.setIn(['hosts', name], { id, address, role })
      }
    },
    { name: 'inventory.yml' },
  )
