import { heapBytes } from '../model/heap.ts'
import { whyOptionRefused } from './jvm-options.ts'
import { type Disk, pathProblem } from './paths.ts'
import type { Problem } from './problem.ts'
import type { RawInventory } from './schema.ts'

/** Where it lands on hosts, what it listens on, and the settings of ZooKeeper and its JVM. */
export function checkServer(raw: RawInventory, disk: Disk): Problem[] {
  return [
    ...checkHome(raw.home),
    ...checkPorts(raw.ports),
    ...checkHeap(raw.zookeeper.heap),
    ...checkJvm(raw.zookeeper.jvm),
    ...checkConfig(raw.zookeeper.config),
    ...checkSecrets(raw, disk),
  ]
}

function checkHome(home: string): Problem[] {
  const problem = (what: string): Problem[] => [
    { path: ['home'], at: 'value', what, hint: 'write a name such as dman or apps/dman' },
  ]
  if (home.startsWith('~')) return problem("`home` starts below the user's home already: leave the ~/ out")
  if (home.startsWith('/')) return problem("`home` is a folder below the user's home, not an absolute path")
  if (!/^[A-Za-z0-9._/-]+$/.test(home)) return problem('`home` takes letters, digits, . _ - and / only')
  const parts = home.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    return problem('`home` has an empty part, or . or .. in it')
  if (parts.some((part) => part.startsWith('-'))) return problem('no part of `home` begins with -')
  if (home.length > 200) return problem('`home` is too long')
  return parts[0] === '.ssh' ? problem('`home` cannot be where SSH keeps its keys') : []
}

function checkPorts(ports: RawInventory['ports']): Problem[] {
  const used = Object.entries(ports)
  return used.flatMap(([name, port], index): Problem[] => {
    const other = used.slice(0, index).find(([, earlier]) => earlier === port)?.[0]
    const what = `port ${port} is both \`${other ?? ''}\` and \`${name}\``
    return other === undefined ? [] : [{ path: ['ports', name], at: 'value', what, hint: 'give each its own port' }]
  })
}

function checkHeap(heap: string): Problem[] {
  const bytes = heapBytes(heap)
  const problem = (what: string, hint: string): Problem[] => [{ path: ['zookeeper', 'heap'], at: 'value', what, hint }]
  if (bytes < 64 * 2 ** 20) return problem(`a heap of ${heap} is too small for ZooKeeper`, 'give it at least 64m')
  return bytes > 2 ** 40 ? problem(`a heap of ${heap} is more than 1024g`, 'look at its unit: k, m or g') : []
}

const checkJvm = (options: readonly string[]): Problem[] =>
  options.flatMap((option, index): Problem[] => {
    const why = whyOptionRefused(option)
    return why === undefined
      ? []
      : [{ path: ['zookeeper', 'jvm', index], at: 'value', what: why, hint: 'take it out of `jvm`' }]
  })

/** What ZooKeeper itself would refuse at its start, or silently change. */
function checkConfig(config: RawInventory['zookeeper']['config']): Problem[] {
  const number = (key: string): number | undefined => (config[key] === undefined ? undefined : Number(config[key]))
  const problem = (key: string, what: string, hint: string): Problem => ({
    path: ['zookeeper', 'config', key],
    at: 'value',
    what,
    hint,
  })
  const tick = number('tickTime') ?? 2000
  const [least, most] = [number('minSessionTimeout') ?? -1, number('maxSessionTimeout') ?? -1]
  const problems = ['tickTime', 'initLimit', 'syncLimit'].flatMap((key) =>
    (number(key) ?? 1) < 1 ? [problem(key, `\`${key}\` must be at least 1`, 'leave it out for its default')] : [],
  )
  if ((least === -1 ? tick * 2 : least) > (most === -1 ? tick * 20 : most)) {
    const key = least === -1 ? 'maxSessionTimeout' : 'minSessionTimeout'
    problems.push(problem(key, 'the least session timeout is above the greatest', 'they are 2 and 20 ticks by default'))
  }
  if ((number('autopurge.snapRetainCount') ?? 5) < 3)
    problems.push(problem('autopurge.snapRetainCount', 'ZooKeeper keeps at least 3 snapshots', 'write 3 or more'))
  return problems
}

function checkSecrets({ secrets }: RawInventory, disk: Disk): Problem[] {
  return secrets === undefined ? [] : pathProblem(secrets, ['secrets'], 'file', disk, true)
}
