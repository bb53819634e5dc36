import { Failure } from '../model/failure.ts'

/** `value` as one word of POSIX sh that stands for exactly these bytes. Throws a Failure for NUL, which no shell can hold. */
export function quote(value: string): string {
  if (value.includes('\0'))
    throw new Failure({
      step: 'quote a value for the host',
      got: 'it has a NUL byte',
      hint: 'no shell variable can hold one: remove it from the file or setting it comes from',
    })
  return `'${value.replaceAll("'", `'\\''`)}'`
}

const variableName = /^[a-z][a-z0-9_]*$/

/** Assignments, one variable after the other; names are ours and plain, so that none can be a shell's own (PATH, IFS, …). */
export function assignments(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      if (!variableName.test(name)) throw new Error(`not a variable of ours: ${name}`)
      return `${name}=${quote(value)}\n`
    })
    .join('')
}

const safePath = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/

/** A relative path of plain characters that stays below where it starts, so that it needs no quoting; else throws. */
export function plainPath(path: string): string {
  if (!safePath.test(path) || path.split('/').some((part) => part === '.' || part === '..' || part.startsWith('-')))
    throw new Failure({
      step: 'name a path on the host',
      got: path,
      hint: 'only letters, digits, . _ - and / may be used',
    })
  return path
}
