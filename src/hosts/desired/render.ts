import ejs from 'ejs'
import { Failure } from '../../model/failure.ts'

/** How a value is written in one format; throws a Failure where the format can't hold it. */
export type Escape = (text: string) => string

const unwritable = (what: string, got: string) =>
  new Failure({ step: `render ${what}`, got, hint: 'change that setting in the inventory', exit: 3 })

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text or attribute of XML 1.0, which has no way to write most control characters. */
export const xml: Escape = (text) => {
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text)) throw unwritable('XML', 'a control character')
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

/** One JVM argument a line: nothing is escaped, and what would end the line can't be written. */
export const line: Escape = (text) => {
  if (/[\u0000-\u001f\u007f]/.test(text)) throw unwritable('jvm', 'a control character in a JVM option')
  if (text === '') throw unwritable('jvm', 'an empty JVM option')
  return text
}

/** The template with `values` filled in. A name that is not among them, or has no value, is an error. */
export function render(template: string, values: Readonly<Record<string, unknown>>, escape: Escape): string {
  const written = (value: unknown): string => {
    if (typeof value === 'string') return escape(value)
    if (typeof value === 'number') return escape(String(value))
    throw new TypeError(`a template prints a value that is ${value === null ? 'null' : typeof value}`)
  }
  // With compileDebug ejs passes its own texts through `escape` when a template fails, which hides the cause.
  return ejs.render(template, values, { escape: written, compileDebug: false })
}
