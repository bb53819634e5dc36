// @ts-check
import { spawn } from 'node:child_process'

/** What a person is told: a text and the exit status: 1 failed, 2 bad usage, 3 something is missing, 5 this kind of lab cannot do it. */
export class Trouble extends Error {
  /**
   * @param {string} message
   * @param {1 | 2 | 3 | 5} [exit]
   */
  constructor(message, exit = 1) {
    super(message)
    this.exit = exit
  }
}

/**
 * Runs a command to its end and gives its stdout; a Trouble with its stderr where it fails. `/usr/sbin` is looked at too.
 * @param {readonly string[]} command
 * @param {{ input?: string, loud?: boolean }} [options] loud: stderr goes to ours
 * @returns {Promise<string>}
 */
export async function run(command, { input = '', loud = false } = {}) {
  const [file = '', ...args] = command
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', loud ? 'inherit' : 'pipe'], env: sbinToo(process.env) })
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk) => (out += chunk))
  child.stderr?.on('data', (chunk) => (err += chunk))
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code === 0) return out
  throw new Trouble(
    `${command.slice(0, 6).join(' ')} ended with ${code}${err && `: ${err.trim()}`}`,
    code === 3 ? 3 : 1,
  )
}

/**
 * Runs a command with our own stdin, stdout and stderr; gives its exit status.
 * @param {readonly string[]} command
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function hand(command, options = {}) {
  const [file = '', ...args] = command
  const child = spawn(file, args, { stdio: 'inherit', ...options })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

/** @param {NodeJS.ProcessEnv} env */
export const sbinToo = (env) => ({ ...env, PATH: `${env.PATH ?? '/usr/bin:/bin'}:/usr/sbin:/sbin` })

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Asks again every few milliseconds until the answer is true.
 * @param {() => boolean | Promise<boolean>} done
 * @param {string} what told when `seconds` have passed without
 */
export async function until(done, what, seconds = 10) {
  const end = Date.now() + seconds * 1000
  while (!(await done())) {
    if (Date.now() > end) throw new Trouble(`${what}: not within ${seconds} s`)
    await sleep(10)
  }
}
