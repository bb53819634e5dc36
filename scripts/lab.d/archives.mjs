// @ts-check
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './run.mjs'

/** @typedef {{ java: string, zookeeper: { version: string, path: string }[] }} Archives absolute paths; the newest ZooKeeper first */

/** Its last part counts up when archives are made otherwise. */
export const cacheDir = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'dman-bootstrap/lab/v1')
const script = fileURLToPath(new URL('archives.sh', import.meta.url))

/**
 * The archives that labs run with, made where they are missing.
 * @param {{ debian?: boolean }} [options] debian: as if Maven Central could not be reached
 * @returns {Promise<Archives>}
 */
export async function archives({ debian = false } = {}) {
  const wanted = debian ? ['3.8.0'] : ['3.9.5', '3.8.6']
  if (!complete(found(wanted), wanted)) await run(['sh', script, cacheDir, debian ? 'debian' : 'maven'], { loud: true })
  const maven = found(wanted)
  return maven.zookeeper.length > 0 ? maven : found(['3.8.0'])
}

/** @param {Archives} have @param {string[]} wanted */
const complete = (have, wanted) => existsSync(have.java) && have.zookeeper.length === wanted.length

/** @param {string[]} versions @returns {Archives} */
function found(versions) {
  const zookeeper = versions
    .map((version) => ({ version, path: path.join(cacheDir, `apache-zookeeper-${version}-bin.tar.gz`) }))
    .filter((one) => existsSync(one.path))
  return { java: path.join(cacheDir, 'jre-17.tar.gz'), zookeeper }
}
