import type { HostName } from '../model/names.ts'
import type { View } from './view.ts'
import type { Paint } from './words.ts'

const colours = ['cyan', 'magenta', 'green', 'yellow', 'blue', 'red'] as const

/** What a terminal would take for orders stands as it would in a program: a client's text may be in a log. */
const harmless = (text: string): string =>
  text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )

/** Entries of logs, each line behind the name of its host; whatever else happens goes to `rest`. */
export function logLines(write: (line: string) => void, paint: Paint, hosts: readonly HostName[], other: View): View {
  const width = Math.max(0, ...hosts.map(({ length }) => length))
  const prefix = new Map(
    hosts.map((host, index) => [host, paint(colours[index % colours.length] ?? 'cyan', host.padEnd(width))]),
  )
  return {
    show(event) {
      if (event.is !== 'entry') {
        other.show(event)
        return
      }
      const head = `${prefix.get(event.host ?? '') ?? event.host ?? ''} `
      for (const line of event.text.split('\n')) write(`${head}${harmless(line)}`)
    },
    rest: () => other.rest(),
  }
}
