import { beforeAll, describe, expect, test } from 'vitest'
import { withLab } from './lab/lab.ts'
import { ended, makesClassCache, onAll, ownProcesses, servers, statusOf } from './up-look.ts'

// A dump of Java takes some seconds, more where others need the processors: it runs at the lowest priority.
const patience = { timeout: 240_000, interval: 500 }

describe('class caches', () => {
  const lab = withLab()
  const caches = () => onAll(lab, 'ls dman/cache')
  const pid = '"$(sed -n "s/^pid: //p" dman/run/server)"'
  /** on each host how many class caches its server has mapped */
  const mapped = () => onAll(lab, `grep -o '[^/]*[.]jsa$' /proc/${pid}/maps | sort -u | wc -l`)
  const makers = () => onAll(lab, ownProcesses('[c]lass-cache|[X]share:dump'))
  const restarted = async () => {
    ended(await lab.run('stop', lab.inventory), 0)
    ended(await lab.run('start', lab.inventory), 0)
  }

  beforeAll(async () => {
    ended(await lab.run('up', lab.inventory), 0)
  })

  test('each host makes its own after it serves, by itself; meanwhile and afterwards up has nothing to do', async () => {
    const before = await servers(lab)
    const name = String.raw`java-[0-9a-f]{12}\+zookeeper-[0-9a-f]{12}`
    const made = new RegExp(`^${name}\\.bytes\n${name}\\.classes\n${name}\\.jsa\n$`)
    expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')
    await expect.poll(caches, patience).toEqual(lab.hosts.map(() => expect.stringMatching(made) as string))
    expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')
    expect(await onAll(lab, 'find dman/cache -type f ! -perm 600')).toEqual(['', '', ''])
    expect(await makers()).toEqual(['', '', ''])
    expect(await servers(lab)).toEqual(before)
    expect(await mapped()).toEqual(['0\n', '0\n', '0\n'])
  })

  test('the next start of each uses it', async () => {
    await restarted()
    expect(await mapped()).toEqual(['1\n', '1\n', '1\n'])
    expect(await statusOf(lab, 0)).toMatchObject({ healthy: true })
  })

  test('case 35: with one overwritten, one cut short and one empty all members start without, and make new ones', async () => {
    ended(await lab.run('stop', lab.inventory), 0)
    const garble: Record<string, string> = {
      zk1: 'dd if=/dev/urandom of="$1" bs=4096 count=64 seek=1000 conv=notrunc 2>/dev/null',
      zk2: 'truncate -s 5000000 "$1"',
      zk3: ': >"$1"',
    }
    for (const [host, command] of Object.entries(garble))
      expect(await lab.exec(host, `set -- dman/cache/*.jsa; ${command}`)).toMatchObject({ code: 0, stderr: '' })
    ended(await lab.run('start', lab.inventory), 0)
    expect(await mapped()).toEqual(['0\n', '0\n', '0\n'])
    expect(await statusOf(lab, 0)).toMatchObject({ healthy: true })
    const again = await onAll(lab, `{ ${makesClassCache}; } | tail -n 1`)
    expect(again).toEqual(Array.from({ length: 3 }, () => 'a class cache was made\n'))
    await restarted()
    expect(await mapped()).toEqual(['1\n', '1\n', '1\n'])
  })

  test('a deleted one is made anew, but not where memory is short', async (context) => {
    lab.needs(context, 'namespaces')
    const root = (command: string) => lab.exec('zk2', command, { root: true })
    const short = `sed 's/^MemAvailable:.*/MemAvailable:  200000 kB/' /proc/meminfo >/tmp/short && mount --bind /tmp/short /proc/meminfo`
    expect(await root(short)).toMatchObject({ code: 0 })
    expect(await lab.exec('zk2', 'rm -r dman/cache')).toMatchObject({ code: 0 })
    expect(await lab.exec('zk2', 'dman/bin/stop && dman/bin/start')).toMatchObject({ code: 0 })
    await expect.poll(async () => (await statusOf(lab, 0)).healthy, patience).toBe(true)
    const made = lab.exec('zk2', makesClassCache)
    await new Promise((resolve) => setTimeout(resolve, 3000))
    expect((await lab.exec('zk2', 'ls dman/cache; pgrep -f "[X]share:dump" || :')).stdout).toMatch(
      /^\S+\.classes\nmaker\n$/,
    )
    expect(await lab.exec('zk2', 'dman/bin/stop')).toMatchObject({ code: 0 })
    expect((await made).code).toBe(143)
    expect(await root('umount /proc/meminfo; rm /tmp/short')).toMatchObject({ code: 0 })
    expect(await lab.exec('zk2', `dman/bin/start && ${makesClassCache}`)).toMatchObject({
      stdout: expect.stringMatching(/a class cache was made\n$/) as string,
    })
  })

  test('destroy ends one that is being made, and nothing of it is left', async () => {
    await lab.exec('zk1', 'rm -f dman/cache/*.jsa')
    const made = lab.exec('zk1', makesClassCache)
    // held, so that it would not end by itself meanwhile
    const held = `p=$(${ownProcesses('[X]share:dump')}) && kill -STOP $p && echo "$p"`
    await expect.poll(async () => (await lab.exec('zk1', held)).stdout, patience).toMatch(/^\d+\n$/)
    ended(await lab.run('destroy', lab.inventory, '--data', '--yes'), 0)
    expect((await made).code).toBe(143)
    expect(await makers()).toEqual(['', '', ''])
    expect(await onAll(lab, 'ls -A dman 2>/dev/null || :')).toEqual(['', '', ''])
  })
})
