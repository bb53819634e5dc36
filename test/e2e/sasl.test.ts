import { beforeAll, describe, expect, test } from 'vitest'
import { withLab } from './lab/lab.ts'
import { labArchives, take } from './releases-kit.ts'
import { ended } from './up-look.ts'

/** The server's accounts and the client's own, as ZooKeeper's guide to SASL has them. */
const jaas = `Server {
  org.apache.zookeeper.server.auth.DigestLoginModule required
  user_alice="of alice";
};
Client {
  org.apache.zookeeper.server.auth.DigestLoginModule required
  username="alice"
  password="of alice";
};
`

describe('a znode that an ACL of sasl opens', () => {
  const lab = withLab({ hosts: 1 })

  /** What a command of ZooKeeper's own client prints and ends with; it logs in as alice, or not at all. */
  const shell = (who: 'alice' | 'nobody', command: string) => {
    // Without the second a client of 3.9 does not speak DIGEST-MD5.
    const login = who === 'alice' ? '-Djava.security.auth.login.config=zoo.jaas -Dzookeeper.fips-mode=false' : ''
    const main = `-cp 'dman/current/zookeeper/lib/*' org.apache.zookeeper.ZooKeeperMain`
    const server = `${lab.hosts[0]?.address ?? ''}:2180`
    return lab.exec('zk1', `timeout 60 dman/current/java/bin/java ${login} ${main} -server ${server} ${command}`)
  }

  beforeAll(async () => {
    ended(await lab.exec('zk1', 'cat >zoo.jaas', { input: jaas }), 0)
    await lab.edit(
      (inventory) => {
        // Members start in ~/dman.
        inventory.addIn(['zookeeper', 'jvm'], '-Djava.security.auth.login.config=../zoo.jaas')
        inventory.setIn(['trees', 'app', 'acls'], { greeting: ['digest:dman:cdrwa', 'sasl:alice:r'] })
      },
      { name: 'inventory.yml' },
    )
  })

  test.for(['newest', 'oldest'] as const)(
    'is read by who logs in so, and neither written by them nor read by others, on the %s ZooKeeper',
    async (age, context) => {
      const archives = (await labArchives()).zookeeper
      if (age === 'oldest' && archives.length < 2)
        return context.skip('one version only: Maven Central cannot be reached')
      await take(lab, { zookeeper: archives.at(age === 'newest' ? 0 : -1)?.file })
      ended(await lab.run('up', '--yes', lab.inventory), 0)
      const read = ended(await shell('alice', 'get /dman/config/greeting'), 0)
      expect(read.stdout.split('\n')).toContain('hello')
      const isRefused = { code: 1, stderr: expect.stringMatching(/Insufficient permission/) as string }
      expect(await shell('alice', 'set /dman/config/greeting other')).toMatchObject(isRefused)
      expect(await shell('nobody', 'get /dman/config/greeting')).toMatchObject(isRefused)
      ended(await lab.run('plan', '--detailed-exitcode', lab.inventory), 0)
    },
  )
})
