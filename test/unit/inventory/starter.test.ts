import { expect, test } from 'vitest'
import five from '../../../inventories/five-hosts.yml?text'
import three from '../../../inventories/three-hosts.yml?text'
import { starterInventory } from '../../../src/inventory/starter.ts'
import { parse, problems } from './build.ts'

test('what init writes is an inventory, and short', () => {
  const text = starterInventory()
  expect(problems(text)).toEqual([])
  expect(parse(text).hosts).toHaveLength(3)
  expect(text.split('\n').filter((line) => /^[^#]*\S/.test(line.replace(/#.*/, '')))).toHaveLength(8) // prettier-ignore
})

test('what is commented out in it would be taken as well', () => {
  const text = starterInventory()
    .replace('ssh: { user: dman } # identity: ~/.ssh/id_ed25519, port: 22, ', 'ssh: { user: dman, identity: ~/.ssh/id_ed25519, port: 22, ')
    .replace('jump: [ops@bastion.example.net]', 'jump: [ops@bastion.example.net] }')
    .replace('{ version: 3.9.5 } # (.*)', '{ version: 3.9.5, $1 }')
    .replace('# trees:\n#   app: { path: /dman/config, from: ./config }', 'trees:\n  app: { path: /dman/config, from: ./config-folder }')
  expect(problems(text)).toEqual([])
  expect(parse(text).trees).toHaveLength(1)
}) // prettier-ignore

test.each([
  ['three-hosts.yml', three, 3],
  ['five-hosts.yml', five, 7],
])('%s is an inventory with real archives', (_, text, hosts) => {
  const inventory = parse(text)
  expect(inventory.hosts).toHaveLength(hosts)
  expect(inventory.java).toMatchObject({ from: 'url', checksum: expect.stringMatching(/^sha256:/) as string })
  expect(inventory.zookeeper.archive).toEqual({ from: 'apache', version: '3.9.5' })
})
