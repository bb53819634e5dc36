import { shownUrl } from '../model/shown-url.ts'
import type { Inventory } from './inventory.ts'

/**
 * The inventory for somebody else's eyes: URLs without a login or a token, and of templates' variables the names alone, for their values
 * may be secrets.
 */
export function shareable(inventory: Inventory): unknown {
  const trees = inventory.trees.map((tree) => {
    const { vars, ...variables } = tree.variables
    const names = Object.fromEntries(Object.keys(vars).map((name) => [name, '‹left out›']))
    return { ...tree, variables: { ...variables, vars: names } }
  })
  return withoutLogins({ ...inventory, trees })
}

function withoutLogins(value: unknown): unknown {
  if (typeof value === 'string') return /^[a-z]+:\/\//i.test(value) ? shownUrl(value) : value
  if (Array.isArray(value)) return value.map(withoutLogins)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutLogins(each)]))
}
