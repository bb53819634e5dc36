// @ts-check
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { until } from './run.mjs'

/** @typedef {{ pid: number, parent: number, command: string }} Process one that is not a zombie; the command with NULs as blanks */

/** @returns {Process[]} */
export function processes() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = tryRead(() => readFileSync(`/proc/${name}/stat`, 'utf8'))
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (state === undefined || state === '' || state === 'Z' || state === 'X') return []
      const command = tryRead(() => readFileSync(`/proc/${name}/cmdline`, 'utf8')).replaceAll('\0', ' ')
      return [{ pid: Number(name), parent: Number(parent), command }]
    })
}

/** @param {readonly Process[]} all @param {number} parent @returns {Process[]} */
export function descendants(all, parent) {
  const children = all.filter((one) => one.parent === parent)
  return children.flatMap((child) => [child, ...descendants(all, child.pid)])
}

/** Whether a process works in a folder, or runs a program, at or below `folder`. @param {number} pid @param {string} folder */
export function livesIn(pid, folder) {
  return ['cwd', 'exe'].some((link) =>
    `${tryRead(() => readlinkSync(`/proc/${pid}/${link}`))}/`.startsWith(`${folder}/`),
  )
}

/**
 * Kills what `find` names, again until it names nothing: what is being killed may just have started another.
 * @param {() => readonly number[]} find
 */
export const killAll = (find) =>
  until(() => {
    const pids = find()
    for (const pid of pids) tryRead(() => String(process.kill(pid, 'SIGKILL')))
    return pids.length === 0
  }, 'ending the processes of the lab')

/** Processes come and go while we look, and others' may not be looked at. @param {() => string} read */
function tryRead(read) {
  try {
    return read()
  } catch {
    return ''
  }
}
