import { expect, test } from 'vitest'
import { inventorySchemaJson } from '../../../src/inventory/schema.ts'

// `npx vitest run --project unit -u` writes the file anew
test('the shipped JSON Schema is the generated one', async () => {
  const text = `${JSON.stringify(inventorySchemaJson(), null, 2)}\n`
  await expect(text).toMatchFileSnapshot('../../../inventories/inventory.schema.json')
})

test('the JSON Schema lets everything with a default be left out and knows the keys of zoo.cfg', () => {
  const schema = inventorySchemaJson() as {
    required: string[]
    additionalProperties: boolean
    properties: { zookeeper: { properties: { config: { properties: Record<string, unknown> } } } }
  }
  expect(schema.required).toEqual(['hosts', 'java', 'zookeeper'])
  expect(schema.additionalProperties).toBe(false)
  expect(Object.keys(schema.properties.zookeeper.properties.config.properties)).toContain('maxClientCnxns')
})
