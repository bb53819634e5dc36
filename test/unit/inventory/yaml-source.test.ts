import { expect, test } from 'vitest'
import { readYaml } from '../../../src/inventory/yaml-source.ts'
import { hosts, java, parse, problems, zookeeper } from './build.ts'

test('a key that is given twice is told where it stands the second time', () => {
  expect(problems(`${hosts}${java}${zookeeper}java: { archive: other.tar.gz }\n`)).toEqual([
    '4:1: `java` is given twice',
  ])
})

test('anchors, aliases and merge keys are followed, also by positions', () => {
  const text = `hosts:
  zk1: &first { id: 1, address: 10.0.0.11, role: observer }
  zk2: { <<: *first, id: 2, address: 10.0.0.12, role: participant }
java: { archive: &archive jre.tar.gz }
zookeeper: { archive: *archive }
`
  expect(parse(text).hosts.map(({ id, role }) => [id, role])).toEqual([
    [1, 'observer'],
    [2, 'participant'],
  ])
  const wrong = text.replace('role: observer', 'role: boss').replace(', role: participant', '')
  const what = 'must be the role of the member: participant, observer, or absent to let it leave'
  expect(problems(wrong)).toEqual([`2:50: \`hosts.zk1.role\` ${what}`, `2:50: \`hosts.zk2.role\` ${what}`])
})

test('an alias of nothing is told where it stands', () => {
  expect(problems(`${hosts}${java}zookeeper: { archive: *archive }\n`)).toEqual([
    '3:23: `*archive` stands for nothing: no `&archive` before it',
  ])
})

test('a mapping that refers to itself ends', () => {
  expect(readYaml('a: &a [*a]\n').faults.length + readYaml('a: &a\n  b: *a\n').faults.length).toBeGreaterThanOrEqual(0)
  expect(problems(`x: &a\n  <<: *a\n${hosts}${java}${zookeeper}`).length).toBeGreaterThan(0)
})

test('keys that JavaScript would lose are refused', () => {
  expect(problems(`__proto__: 1\n${hosts}${java}${zookeeper}`)).toContain('1:1: unknown key `__proto__`')
  expect(problems(`? [a, b]\n: 1\n${hosts}${java}${zookeeper}`)).toContain('1:3: a key must be a plain word')
})

test('an empty value is a value that was not given', () => {
  expect(problems(`trees:\nssh:\n${hosts}${java}${zookeeper}`)).toEqual([])
  expect(problems(`hosts:\n${java}${zookeeper}`)).toEqual([
    '1:1: `hosts` is missing; it is the hosts by name, such as zk1: { id: 1, address: 10.0.0.11 }',
  ])
})
