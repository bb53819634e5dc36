import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** @param {number[]} values */
export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** The largest resident set that a living process has had so far, in bytes. @param {number} pid */
async function peakOf(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}

/**
 * Runs a command to its end, with the peak of its memory: not by zx, whose shell would be what is measured. Rejects with what it
 * printed when it fails.
 * @param {string} command @param {string[]} args @param {{ input?: import('node:stream').Readable, env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<{ seconds: number, peak: number, output: string }>} seconds, and the peak of its memory in bytes
 */
export async function run(command, args, options = {}) {
  const started = performance.now()
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: options.env ?? process.env,
    cwd: options.cwd,
  })
  let output = ''
  let peak = 0
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  const watch = setInterval(() => {
    void peakOf(child.pid ?? 0).then((seen) => (peak = Math.max(peak, seen)))
  }, 20)
  child.stdin.on('error', () => undefined)
  if (options.input) options.input.pipe(child.stdin)
  else child.stdin.end()
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  clearInterval(watch)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output.slice(-3000)}`)
  return { seconds: (performance.now() - started) / 1000, peak, output }
}

/** The program of this repository: a command and its arguments, the inventory among them. @param {string[]} args */
export const us = (...args) => run(process.execPath, ['dist/dman-bootstrap.js', ...args])

/** What a ZooKeeper answers to `srvr`; '' where none does. @param {string} address @param {number} port @returns {Promise<string>} */
export const answerOf = (address, port) =>
  new Promise((resolve) => {
    const socket = net.connect({ host: address, port, timeout: 1000 }, () => socket.write('srvr'))
    let answer = ''
    socket.on('data', (chunk) => (answer += String(chunk)))
    socket.on('timeout', () => socket.destroy())
    socket.on('error', () => resolve(''))
    socket.on('close', () => resolve(answer))
  })

/**
 * @param {string} address @param {number} port @returns {Promise<string | undefined>} as what a ZooKeeper there serves: leader, follower or
 * observer
 */
export const modeOf = async (address, port) =>
  /^Mode: (leader|follower|observer)/m.exec(await answerOf(address, port))?.[1]

/** Waits until `srvr` of every address answers that it serves. @param {string[]} addresses @param {number} port */
export async function untilAllServe(addresses, port) {
  const deadline = Date.now() + 60_000
  while (!(await Promise.all(addresses.map((address) => modeOf(address, port)))).every(Boolean)) {
    if (Date.now() > deadline) throw new Error(`no quorum on ${addresses.join(', ')} within 60 s`)
    await sleep(20)
  }
}
