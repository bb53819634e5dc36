import { expect, test } from 'vitest'
import { shareable } from '../../../src/inventory/shareable.ts'
import { inventory } from '../hosts/build.ts'
import { sourceOf } from '../tree/build.ts'

test('of the inventory others see no login of a URL, and of templates’ variables the names alone', () => {
  const url = 'https://ann:hunter2@example.net/jre.tar.gz?token=T0K3N'
  const tree = sourceOf()
  const variables = { ...tree.variables, vars: { password: 's3cr3t' } }
  const made = inventory(1, { java: { archive: url } as never, trees: [{ ...tree, variables }] })
  const told = JSON.stringify(shareable(made))
  expect(told).not.toMatch(/hunter2|T0K3N|s3cr3t/)
  expect(told).toContain('https://example.net/jre.tar.gz')
  expect(told).toContain('"vars":{"password":"‹left out›"}')
})
