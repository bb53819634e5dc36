/** Something wrong in the file, at the key or the value that `path` leads to. */
export interface Problem {
  readonly path: Path
  readonly at: 'key' | 'value'
  readonly what: string
  readonly hint?: string
}

export type Path = readonly (string | number)[]

/** `zookeeper.config.tickTime`, `jvm[2]`. */
export const shown = (path: Path): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('')

/** True where the one path leads to the other, or to a part of it. */
export function related(a: Path, b: Path): boolean {
  return a.slice(0, b.length).every((part, index) => part === b[index])
}
