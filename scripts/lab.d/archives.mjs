// @ts-check
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './run.mjs'

/**
 * @typedef {{ java: string, jdk: string, zookeeper: { version: string, path: string }[] }} Archives absolute paths; `jdk`: another Java,
 * laid out as a whole JDK; the newest ZooKeeper first
 */

/** Its last part counts up when archives are made otherwise. */
export const cacheDir = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'dman-bootstrap/lab/v2')
const script = fileURLToPath(new URL('archives.sh', import.meta.url))

/**
 * The archives that labs run with, made where they are missing. A lab takes what is there; only being asked for archives
 * tries Maven Central again where it could not be reached once.
 * @param {{ from?: 'any' | 'maven' | 'debian' }} [options] debian: as if Maven Central could not be reached
 * @returns {Promise<Archives>}
 */
export async function archives({ from = 'any' } = {}) {
  const wanted = from === 'debian' ? debian : maven
  const enough = () => complete(found(wanted), wanted) || (from === 'any' && complete(found(debian), debian))
  if (!enough()) await run(['sh', script, cacheDir, from === 'debian' ? from : 'maven'], { loud: true })
  const have = found(wanted)
  return have.zookeeper.length > 0 ? have : found(debian)
}

const maven = ['3.9.5', '3.8.6']
const debian = ['3.8.0']

/** @param {Archives} have @param {string[]} wanted */
const complete = (have, wanted) =>
  existsSync(have.java) && existsSync(have.jdk) && have.zookeeper.length === wanted.length

/** @param {string[]} versions @returns {Archives} */
function found(versions) {
  const zookeeper = versions
    .map((version) => ({ version, path: path.join(cacheDir, `apache-zookeeper-${version}-bin.tar.gz`) }))
    .filter((one) => existsSync(one.path))
  return { java: path.join(cacheDir, 'jre-17.tar.gz'), jdk: path.join(cacheDir, 'jdk-17.tar.gz'), zookeeper }
}
