import ejs from 'ejs'
import { wordsOf } from '../../model/failure.ts'
import type { TemplateVariables } from '../../model/tree-source.ts'
import { valueOf } from './key.ts'
import { type Layered, placeOf } from './layers.ts'
import { utf8 } from './text.ts'
import type { Refuse } from './walk.ts'

/**
 * A value with its template filled in; what has no `<%` stays as it is. Told, and left as it is: other bytes than UTF-8, names that are not
 * there.
 */
export function render(entry: Layered, variables: TemplateVariables, refuse: Refuse): Layered {
  const template = utf8(entry.data)
  if (template === undefined)
    refuse(
      placeOf(entry),
      'it is not UTF-8',
      'with `templates: true` all values are text: keep it in a tree of its own',
    )
  if (template?.includes('<%') !== true) return entry
  try {
    return withText(entry, filledIn(template, variables))
  } catch (error) {
    const { line, what } = told(error)
    refuse(lineOf(entry, line), what, 'templates may name ensemble, hosts, ports, connect and vars; <%% stands for <%')
    return entry
  }
}

function withText(entry: Layered, text: string): Layered {
  const { key } = entry
  const data = Buffer.from(text)
  const value = key?.isPlain === true ? valueOf(text) : text
  return key === undefined ? { ...entry, data } : { ...entry, data, key: { ...key, text, value } }
}

const names = ['ensemble', 'hosts', 'ports', 'connect', 'vars'] as const
const filename = 'template'

function filledIn(template: string, variables: TemplateVariables): string {
  const values = Object.fromEntries(names.map((name) => [name, guarded(variables[name], name)]))
  const includer = (): never => {
    throw new Error('templates include nothing')
  }
  // strict: without `with`, a name that is not there is an error of JavaScript's own
  return ejs.render(template, values, {
    strict: true,
    destructuredLocals: [...names],
    escape: written,
    includer,
    filename,
  })
}

/** ejs passes the file's name through this, too. */
function written(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  const kind = value == null ? String(value) : Array.isArray(value) ? 'a list' : typeof value
  throw new Error(`what it prints is ${kind}, no text or number`)
}

/** A value in which each name that is not there is an error, at any depth. */
function guarded<T>(value: T, path: string): T {
  if (typeof value !== 'object' || value === null) return value
  return new Proxy(value, {
    get(target, name, receiver) {
      const found: unknown = Reflect.get(target, name, receiver)
      if (typeof name === 'symbol' || name === 'toJSON') return found
      if (name in target) return guarded(found, `${path}.${name}`)
      throw new Error(`there is no ${path}.${name}`)
    },
  })
}

/** The line of the template and what is wrong there, without the text around it that ejs adds: that may be secret. */
function told(error: unknown): { line: number; what: string } {
  const message = wordsOf(error)
  const [begin, line] = /^template:(\d+)\n/.exec(message) ?? []
  const bare = begin === undefined ? message : message.slice(message.indexOf('\n\n') + 2)
  return {
    line: Number(line ?? 1),
    what: (bare.split('\n')[0] ?? bare).replace(' in template while compiling ejs', ''),
  }
}

const lineOf = ({ file, key }: Layered, line: number): string => `${file}:${(key?.line ?? 1) + line - 1}`
