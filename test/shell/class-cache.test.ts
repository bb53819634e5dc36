import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { remove } from '../../src/remote/remove.ts'
import { sweep } from '../../src/remote/sweep.ts'
import classCache from '../../templates/bin/class-cache?text'
import prelude from '../../templates/bin/prelude?text'
import start from '../../templates/bin/start?text'
import stop from '../../templates/bin/stop?text'
import { sharingJava } from './archives.ts'
import { found, kinds, lives, type LocalHost, localHost, withCores } from './local-host.ts'

const [java, zookeeper, conf] = ['java-aaaaaaaaaaaa', 'zookeeper-bbbbbbbbbbbb', 'conf-000000000001']
const pair = `cache/${java}+${zookeeper}`
const list = `${pair}.classes`
const jsa = `${pair}.jsa`
const bytes = `${pair}.bytes`
const whole = [bytes, list, jsa].map((file) => path.basename(file))

/** Leaves none behind that would run beside those of the tests. */
const alone = start.replace('sh bin/class-cache "$nonce"', ':')

describe.each(kinds)('class cache ($name)', (kind) => {
  let host: LocalHost
  const at = (file: string) => path.join(host.dman, file)
  const there = (file: string) => existsSync(at(file))
  const text = (file: string) => readFileSync(at(file), 'utf8')
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text('run/server'))?.[1] ?? ''
  const javaIs = (version: string) =>
    host.write(`releases/${java}/release`, `IMPLEMENTOR="x"\nJAVA_VERSION="${version}"\n`)

  beforeEach(() => {
    host = localHost(kind)
    const adapted = (script: string) =>
      host.adapted(script).replace('/proc/$server_pid/maps', 'run/maps').replace('</proc/meminfo', '<run/meminfo')
    const scripts = { prelude, start: alone, stop, 'class-cache': classCache }
    const files = {
      ...Object.fromEntries(Object.entries(scripts).map(([name, script]) => [`bin/${name}`, adapted(script)])),
      [`releases/${java}/bin/java`]: sharingJava,
      [`releases/${zookeeper}/lib/a.jar`]: '',
      [`releases/${zookeeper}/lib/b.jar`]: '',
      [`releases/${conf}/zoo.cfg`]: 'tickTime=1\n',
      [`releases/${conf}/jvm`]: '-Xmx64m\n-XX:+UseSerialGC\n-XX:+AlwaysPreTouch\n-Dx=y\n',
      'data/myid': '1\n',
      'data/zoo.cfg': 'dynamicConfigFile=./data/zoo.cfg.dynamic\n',
      'data/zoo.cfg.dynamic': '',
      'run/meminfo': 'MemTotal:  9000000 kB\nMemAvailable:  8000000 kB\n',
      'run/maps': '',
    }
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.dirname(at(file)), { recursive: true })
      writeFileSync(at(file), content, { mode: 0o700 })
    }
    javaIs('17.0.15')
    host.run(
      `cd dman; ln -s ../${java} releases/${conf}/java; ln -s ../${zookeeper} releases/${conf}/zookeeper; ln -s releases/${conf} current`,
    )
  })
  afterEach(() => {
    host.run('sh dman/bin/stop 2')
    host.remove()
  })

  /** What Java was started with, once it runs. */
  async function started() {
    host.run('rm -f dman/run/java-umask; sh dman/bin/start')
    await expect.poll(() => there('run/java-umask'), { timeout: 5000 }).toBe(true)
    return text('run/java-arguments').split('\n')
  }
  async function killed() {
    host.run(`kill -KILL ${field('pid')}`)
    await expect.poll(() => lives(field('pid'))).toBe(false)
  }
  const stopped = () => host.run('sh dman/bin/stop 5')
  const making = (...more: string[]) =>
    host.run(`${withCores} sh dman/bin/class-cache ${[field('nonce'), ...more].join(' ')}`).trim()
  const make = () => making('0')
  const maps = (file: string) => host.write('run/maps', `7f00-7f01 r--p 0 0:0 1  ${at(file)}\n`)
  const late = '-XX:CompileThresholdScaling=5'
  const used = [late, `-XX:SharedArchiveFile=${jsa}`, '-XX:+VerifySharedSpaces']
  /** of what Java was started with, what is for a quick start */
  const quick = (options: readonly string[]) => options.filter((option) => /Scaling|Shared|ClassList/.test(option))
  /** pid of one that is not waited for */
  const begun = () => Number(host.run(`sh dman/bin/class-cache ${field('nonce')} 0 >/dev/null 2>&1 & echo $!`))
  /** One that has not had Java make anything for a while. */
  async function waiting() {
    const script = begun()
    await expect.poll(() => host.run('ls dman/cache'), { timeout: 5000 }).toContain('maker')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect([lives(script), there('run/dumping')]).toEqual([true, false])
    return script
  }
  /** One that is amid making a cache: pids of the script and of Java. */
  async function amid() {
    await started()
    host.write('run/hold', '')
    const script = begun()
    await expect.poll(() => there('run/dumping') && text('run/dumping'), { timeout: 5000 }).toMatch(/\n/)
    const dump = Number(text('run/dumping'))
    expect([lives(script), lives(dump)]).toEqual([true, true])
    return [script, dump]
  }
  const leftIn = () => host.run('ls dman/cache').trim().split('\n').filter(Boolean)

  it('a start without one has Java write a list, of which a cache is made, and the next start uses it', async () => {
    expect(quick(await started())).toEqual([late, `-XX:DumpLoadedClassList=${list}`])
    expect(make()).toBe('a class cache was made')
    expect(host.run(`ls -l dman/${jsa}`)).toMatch(/^-rw-------/)
    stopped()
    expect(quick(await started())).toEqual(used)
    const ours = text('run/java-arguments').split('-Xmx64m')[0]
    expect(ours, 'the inventory has the last word').toContain(late)
    maps(jsa)
    expect(make()).toBe('the class cache is in use')
    expect(leftIn()).toEqual(whole)
  })

  it('a start leaves one behind that nobody waits for, and stop ends it', async () => {
    host.write('bin/start', host.adapted(start))
    await started()
    const makers = () => (there('cache/maker') ? readdirSync(at('cache/maker')) : [])
    await expect.poll(makers, { timeout: 5000 }).toHaveLength(1)
    const pid = Number.parseInt(makers()[0] ?? '')
    expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).toContain(`bin/class-cache\0${field('nonce')}`)
    stopped()
    expect(lives(pid)).toBe(false)
    expect(leftIn()).toEqual([path.basename(list)])
  })

  it('is made with the class path of the start, and of its options with those that it has to fit', async () => {
    const options = await started()
    make()
    const dump = text('run/dump-arguments').split('\n')
    expect(text('run/dump-cores')).toBe('0\n')
    const path = (all: readonly string[]) => all[all.indexOf('-cp') + 1]
    expect(path(dump)).toBe(path(options))
    expect(dump).toEqual(expect.arrayContaining(['-Xmx64m', '-XX:+UseSerialGC']))
    expect(dump.join(' ')).not.toMatch(/PreTouch|-Dx=y|dman\.nonce/)
  })

  it.each(['1.8.0_392', '10.0.2', '26', 'none'])('Java %s simply starts without', async (version) => {
    javaIs(version)
    host.write(jsa, 'whole\n')
    expect(quick(await started())).toEqual([])
  })

  it('starts also where cache/ cannot be had', async () => {
    host.run('cd dman; rm -rf cache; : >cache')
    expect(quick(await started())).toEqual([late])
    host.run('rm dman/cache')
  })

  it('case 35: a start with the cache that did not go on is the last one with it, and a cache is made anew', async () => {
    await started()
    make()
    stopped()
    await started()
    await killed()
    expect(quick(await started())).toEqual([late, `-XX:DumpLoadedClassList=${list}`])
    expect([there(jsa), there(`${pair}.trying`)]).toEqual([false, false])
    expect(make()).toBe('a class cache was made')
    stopped()
    expect(quick(await started())).toEqual(used)
  })

  it('a start that went on for some seconds, or was stopped by us, was no failure', async () => {
    await started()
    make()
    for (let round = 0; round < 2; round++) {
      stopped()
      expect(quick(await started())).toEqual(used)
    }
    expect(make()).toBe('a class cache was made')
    expect(there(`${pair}.trying`)).toBe(false)
    await killed()
    expect(quick(await started())).toEqual(used)
  })

  it('case 35: one that Java does not take is made anew, of the list that is there', async () => {
    await started()
    make()
    stopped()
    host.write(jsa, 'rotten')
    expect(quick(await started())).toEqual(used)
    expect(make()).toBe('a class cache was made')
    expect(text(jsa)).toBe('whole\n')
  })

  it.each(['who', ''])('case 35: one cut short (%j) is not given to Java, and is made anew', async (left) => {
    await started()
    make()
    stopped()
    host.write(jsa, left)
    expect(quick(await started())).toEqual([late, `-XX:DumpLoadedClassList=${list}`])
    expect(there(jsa)).toBe(false)
    expect(make()).toBe('a class cache was made')
    stopped()
    expect(quick(await started())).toEqual(used)
  })

  it('without a list it is taken away, so that the next start writes one', async () => {
    host.write(jsa, 'rotten')
    host.write(bytes, '6\n')
    await started()
    expect(make()).toMatch(/no list of classes/)
    stopped()
    expect(quick(await started())).toEqual([late, `-XX:DumpLoadedClassList=${list}`])
  })

  it('keeps none that Java does not take right after it made it', async () => {
    await started()
    host.write('run/unfit', '')
    expect(make()).toBe('Java does not take the class cache that it made')
    expect(leftIn()).toEqual([path.basename(list)])
  })

  it('waits where memory is short, and makes none', async () => {
    await started()
    host.write('run/meminfo', 'MemTotal:  9000000 kB\nMemAvailable:  300000 kB\n')
    const script = await waiting()
    stopped()
    expect(lives(script)).toBe(false)
  })

  it('waits until the member serves', async () => {
    await started()
    host.write(list, 'java/lang/Object id: 0\n')
    await waiting()
  })

  it('is for one server only', async () => {
    await started()
    expect(host.run('sh dman/bin/class-cache 0123456789abcdef0123 0').trim()).toBe('that server is gone')
    const nonce = field('nonce')
    stopped()
    expect(host.run(`sh dman/bin/class-cache ${nonce} 0`).trim()).toBe('that server is gone')
    expect(there('run/dumping')).toBe(false)
  })

  it('gives way to all else in what the kernel gives: its turn, the disk, and memory when it runs out', async () => {
    const there = ['nice', 'ionice'].filter((name) => found(name) !== undefined)
    for (const name of there) host.tool(name, `#!/bin/sh\nexec ${found(name)} "$@"\n`)
    const [script = 0, dump = 0] = await amid()
    // field 19 of all; the first two are the pid and the name
    const niceness = (pid: number) =>
      readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ')[16]
    const killedFirst = (pid: number) => readFileSync(`/proc/${pid}/oom_score_adj`, 'latin1').trim()
    expect([niceness(dump), killedFirst(dump), killedFirst(script)]).toEqual(['19', '1000', '1000'])
    if (there.includes('ionice')) expect(host.run(`ionice -p ${dump}`)).toMatch(/^idle/)
    const server = Number(field('pid'))
    expect([niceness(server), killedFirst(server)]).toEqual([niceness(process.pid), killedFirst(process.pid)])
  })

  it('never two at a time: the later one ends the earlier, Java too', async () => {
    const [script, dump] = await amid()
    host.run('rm dman/run/hold')
    expect(make()).toBe('a class cache was made')
    expect([lives(script ?? 0), lives(dump ?? 0)]).toEqual([false, false])
    expect(leftIn()).toEqual(whole)
  })

  it('stop ends it, Java too, and nothing half made stays', async () => {
    const pids = await amid()
    stopped()
    expect(pids.map(lives)).toEqual([false, false])
    expect(leftIn()).toEqual([path.basename(list)])
  })

  it('destroy ends it, also where the server ended by itself', async () => {
    const { locked } = await host.lock()
    const pids = await amid()
    await killed()
    await locked.change(remove, { data: false })
    expect(pids.map(lives)).toEqual([false, false])
    expect(there('cache')).toBe(false)
    host.write('bin/stop', 'exit 0\n')
  })

  it('what a killed one left is taken over', async () => {
    const [script = 0, dump = 0] = await amid()
    host.run(`kill -KILL ${script} ${dump}; rm dman/run/hold`)
    expect(make()).toBe('a class cache was made')
    expect(leftIn()).toEqual(whole)
  })

  it('goes with its releases: with the sweep, and where a later start finds one without', async () => {
    const other = (ending: string) => [`cache/java-1+zookeeper-1.${ending}`, `cache/java-2+zookeeper-1.${ending}`]
    for (const file of [...other('jsa'), ...other('classes')]) host.write(file, '')
    host.run('mkdir -p dman/releases/java-1 dman/releases/java-2 dman/releases/zookeeper-1')
    const { locked } = await host.lock()
    await locked.change(sweep, { releases: ['java-2'] })
    expect(leftIn()).toEqual(['java-1+zookeeper-1.classes', 'java-1+zookeeper-1.jsa'])
    await started()
    host.run('rm -r dman/releases/zookeeper-1')
    make()
    expect(leftIn()).toEqual(whole)
  })
})
