import { expect, test } from 'vitest'
import { namesFor } from '../../../src/commands/equip.ts'
import { inventoryHost } from '../hosts/build.ts'

const names = (name: string, host: string) => namesFor({ name, ssh: { ...inventoryHost(1).ssh, host } })

test('clients may know a host by its name in the inventory and the one that SSH connects to, where these can be names', () => {
  expect(names('zk1', '10.0.0.11')).toEqual(['zk1'])
  expect(names('zk1', 'zk1.example.net')).toEqual(['zk1', 'zk1.example.net'])
  expect(names('zk1', 'zk1')).toEqual(['zk1'])
  expect(names('zk_1', 'fd00::1')).toEqual([])
  expect(names('10.0.0.9', 'zk1.')).toEqual([])
})
