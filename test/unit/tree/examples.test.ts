import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readInventory } from '../../../src/inventory/read.ts'
import { readTrees } from '../../../src/tree/source.ts'
import { identities } from './build.ts'

/** What the example's one tree puts into ZooKeeper, without folders that have no data. */
async function values(name: string): Promise<Record<string, string>> {
  const file = fileURLToPath(new URL(`../../../examples/${name}/inventory.yml`, import.meta.url))
  const { trees } = await readInventory(file)
  const [tree] = await readTrees(trees, identities)
  const found = [...tree!.znodes].map(([path, { data }]) => [path, data.toString()] as const)
  return Object.fromEntries(found.filter(([, text]) => text !== ''))
}

// ZookeeperPropertySource: below /config/CONTEXT each znode's path is a property, its slashes dots; contexts are application and the
// application's name, each also with `,` and a profile.
test('the example for Spring Cloud ZooKeeper', async () => {
  expect(await values('spring')).toEqual({
    '/config/application/logging.level.root': 'info',
    '/config/application/management.endpoints.web.exposure.include[0]': 'health',
    '/config/application/management.endpoints.web.exposure.include[1]': 'info',
    '/config/application,prod/logging.level.root': 'warn',
    '/config/shop/server.port': '8080',
    '/config/shop/spring.datasource.url': 'jdbc:postgresql://localhost/shop',
    '/config/shop/spring.datasource.username': 'shop',
    '/config/shop,prod/spring.datasource.url': 'jdbc:postgresql://db.example.net/shop',
  })
})

// confd's ZooKeeper backend: the data of znodes without children, by path.
test('the example for confd', async () => {
  expect(await values('confd')).toEqual({
    '/myapp/subdomain': 'shop',
    '/myapp/upstream/app1': '10.0.1.10:8080',
    '/myapp/upstream/app2': '10.0.1.11:8080',
    '/myapp/database/host': 'db.example.net',
    '/myapp/database/port': '5432',
  })
})
