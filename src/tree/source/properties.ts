import { propertyEntries } from '../../zookeeper/properties.ts'
import { type Fault, type Key, type Keys, valueOf } from './key.ts'

/** The entries of Java's properties, in UTF-8: names nest at dots, and `[0]` behind one is a place in a list. */
export function readProperties(text: string): Keys {
  const keys: Key[] = []
  const faults: Fault[] = []
  const names = new Set<string>()
  for (const { key, value, line } of propertyEntries(text)) {
    const steps = stepsOf(key)
    if (value === undefined) faults.push({ line, what: 'a malformed \\u escape' })
    else if (steps === undefined) faults.push({ line, what: `the key \`${key}\` has an empty name` })
    else if (names.has(key)) faults.push({ line, what: `\`${key}\` is given twice` })
    else keys.push({ steps, text: value, value: valueOf(value), isPlain: true, line })
    names.add(key)
  }
  return { keys, faults }
}

/** `a.b[0].c` is a, b, 0, c; undefined where a name between dots is empty. */
function stepsOf(key: string): Key['steps'] | undefined {
  const steps: (string | number)[] = []
  for (const part of key.split('.')) {
    const [, name = '', places = ''] = /^(.*?)((?:\[\d{1,9}\])*)$/s.exec(part) ?? []
    if (name === '') return undefined
    steps.push(name, ...Array.from(places.matchAll(/\d+/g), ([place]) => Number(place)))
  }
  return steps
}
