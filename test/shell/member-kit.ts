import type { MemberFounding } from '../../src/remote/member.ts'
import { fakeJava, tarball } from './archives.ts'

// What the tests of a member lay on their host.

export const java = { release: 'java-aaaaaaaaaaaa', ...tarball({ 'jre/bin/java': fakeJava }) }
export const zookeeper = {
  release: 'zookeeper-bbbbbbbbbbbb',
  ...tarball({ 'zk/lib/b.jar': '', 'zk/lib/a.jar': '', 'zk/lib/notes.txt': '' }),
}
export const links = { java: java.release, zookeeper: zookeeper.release }
export const [first, second] = ['conf-000000000001', 'conf-000000000002']
export const conf = (release: string, tick: string) => ({
  release,
  files: {
    format: 'format: 1\n',
    'zoo.cfg': `tickTime=${tick}\nsuper=a\\b`,
    jvm: '# a comment\n-Xmx64m\n\n-Dwith blank=$(touch x)',
  },
  links,
})
export const found: MemberFounding = {
  ensemble: 'dman',
  founding: 'ab12cd34',
  host: 'zk1',
  id: 3,
  members: ['server.3=127.0.0.1:2889:3889:participant;127.0.0.1:2180'],
  initialize: true,
}
