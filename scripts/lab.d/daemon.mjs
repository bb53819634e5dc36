// @ts-check
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { hostDir } from './lab.mjs'
import { sbinToo, Trouble, until } from './run.mjs'
import { greets } from './sshd.mjs'

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

const console = (/** @type {import('./lab.mjs').Lab} */ lab, /** @type {string} */ host) =>
  path.join(hostDir(lab, host), 'console')

/**
 * Starts what carries a host and outlives us; what it says goes to the host's file `console`.
 * @param {import('./lab.mjs').Lab} lab
 * @param {import('./lab.mjs').Host} host
 * @param {readonly string[]} command
 * @returns {ChildProcess}
 */
export function daemon(lab, host, command) {
  const [file = '', ...args] = command
  const log = openSync(console(lab, host.name), 'a')
  const env = { PATH: sbinToo(process.env).PATH }
  const child = spawn(file, args, { stdio: ['ignore', log, log], detached: true, cwd: '/', env })
  child.unref()
  closeSync(log)
  return child
}

/**
 * Waits until a host's sshd greets; a Trouble with the end of its console where what carries it ended.
 * @param {import('./lab.mjs').Lab} lab
 * @param {import('./lab.mjs').Host} host
 * @param {ChildProcess | undefined} child undefined where it was running already
 */
export async function ready(lab, host, child) {
  const what = `sshd of ${host.name} at ${host.address}:${host.port}`
  const ended = () => child !== undefined && (child.exitCode !== null || child.signalCode !== null)
  const greeted = async () => {
    if (await greets(host.address, host.port)) return true
    if (ended()) throw new Trouble(`${what}: did not start`)
    return false
  }
  try {
    await until(greeted, what)
  } catch (error) {
    const said = readFileSync(console(lab, host.name), 'utf8').trim().split('\n').slice(-5)
    throw new Trouble([error instanceof Error ? error.message : String(error), ...said].join('\n'))
  }
}
