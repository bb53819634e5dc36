import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestLab } from './lab/lab.ts'
import { startCommand } from './lab/run.ts'

const script = fileURLToPath(new URL('./slow-link.py', import.meta.url))

/** Why this machine can have no such link; undefined where it can. */
export const whyNoSlowLink = existsSync('/dev/net/tun') ? undefined : 'this machine has no /dev/net/tun'

/**
 * A second way from here to the hosts of a lab of network namespaces, each packet `delay` ms under way and lost with the probability
 * `loss`, for as long as `body` takes; it gets the addresses by host. Answers how many packets went that way. What the hosts say to each
 * other goes by the lab's own.
 */
export async function withSlowLink(
  lab: TestLab,
  { delay, loss }: { delay: number; loss: number },
  body: (addresses: ReadonlyMap<string, string>) => Promise<void>,
): Promise<{ carried: number; lost: number }> {
  const net = lab.hosts[0]?.address.split('.')[2] ?? '0'
  const addresses = new Map(lab.hosts.map(({ name, id }) => [name, `198.18.${net}.${10 + id}`]))
  const hosts = path.join(path.dirname(lab.sshConfig), 'hosts')
  const ends = [...addresses].map(([name, address]) => `${path.join(hosts, name, 'net')}=${address}`)
  const seed = String(Math.floor(Math.random() * 1e6))
  const words = ['python3', script, `dmanslow-${net}`, String(delay), String(loss), seed, `198.18.${net}.1`, ...ends]
  const link = startCommand(words)
  try {
    await link.until(/ready/)
    await body(addresses)
  } catch (error) {
    console.log(`the seed of the lost packets was ${seed}`)
    throw error
  } finally {
    link.kill('SIGTERM')
    await link.done
  }
  const [carried = 0, lost = 0] = (await link.done).stdout.trim().split(/\s+/).slice(1).map(Number)
  return { carried, lost }
}
