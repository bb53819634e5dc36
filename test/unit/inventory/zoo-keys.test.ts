import { expect, test } from 'vitest'
import { manualNames, whyRefused, zooKeys } from '../../../src/inventory/zoo-keys.ts'

test('no known key is refused, and every name of the manual leads to a known key', () => {
  expect([...zooKeys.keys()].filter((key) => whyRefused(key) !== undefined)).toEqual([])
  expect([...manualNames].filter(([name, key]) => zooKeys.has(name) || !zooKeys.has(key))).toEqual([])
})

test.each([
  'dataDir', 'dataLogDir', 'clientPort', 'clientPortAddress', 'secureClientPort', 'server.1', 'group.1', 'weight.1', 'reconfigEnabled',
  'standaloneEnabled', 'dynamicConfigFile', 'ssl.keyStore.location', 'sslQuorum', 'admin.enableServer', '4lw.commands.whitelist', 'superUser',
])('case 39: %s is ours', (key) => expect(whyRefused(key)).toContain('not yours to set')) // prettier-ignore

test.each([
  'forceSync',
  'skipACL',
  'jute.maxbuffer',
  'jute.maxbuffer.extrasize',
  'quorumListenOnAllIPs',
  'snapshot.trust.empty',
  'localSessionsEnabled',
  'localSessionsUpgradingEnabled',
])('case 39: %s is unsafe', (key) => expect(whyRefused(key)).toContain('unsafe'))
