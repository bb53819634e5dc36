import { expect, test } from 'vitest'
import { render } from '../../../../src/tree/source/template.ts'

const variables = {
  ensemble: 'kiel',
  hosts: [{ name: 'zk1', id: 1, address: '10.0.0.1', role: 'participant' }],
  ports: { client: 2180 },
  connect: '10.0.0.1:2180',
  vars: { zone: 'a<b>&"c"', level: { of: [1, 2], on: true } },
}
const told: string[] = []
const rendered = (data: string | Buffer, line?: number): string => {
  told.length = 0
  const key = line === undefined ? {} : { key: { stem: '', steps: ['a'], text: '', value: '', line } }
  const entry = { below: 'a', data: Buffer.from(data), file: '/c/a', layer: 0, ...key }
  return render(entry, variables, (file, got) => told.push(`${file}: ${got}`)).data.toString()
}

test.each([
  ['plain\r\n text %%> \ufeff', 'plain\r\n text %%> \ufeff'],
  ['<%= ensemble %> <%= connect %>\n', 'kiel 10.0.0.1:2180\n'],
  ['<%= vars.zone %>', 'a<b>&"c"'],
  ['<%= vars["level"].of[1] %> <%= vars.level.on %>', '2 true'],
  ['<% for (const host of hosts) { -%>\n<%= host.name %>:<%= ports.client %>;\n<% } -%>\nend', 'zk1:2180;\nend'],
  ['<%= hosts.map(({ address }) => address).join() %>', '10.0.0.1'],
  ['<%= "secure" in ports ? ports.secure : "none" %>', 'none'],
  ['<%= JSON.stringify(vars.level) %>', '{"of":[1,2],"on":true}'],
  ['<%% literal %>', '<% literal %>'],
])('%j', (template, expected) => {
  expect(rendered(template)).toBe(expected)
  expect(told).toEqual([])
})

test.each([
  ['a\n<%= nobody %>', '/c/a:2: nobody is not defined'],
  ['a\n\n<%= vars.nothing %>', '/c/a:3: there is no vars.nothing'],
  ['<%= vars.level.off %>', '/c/a:1: there is no vars.level.off'],
  ['<%= hosts[3].name %>', '/c/a:1: there is no hosts.3'],
  ['<% if (vars.debug) { %>x<% } %>', '/c/a:1: there is no vars.debug'],
  ['<%= undefined %>', '/c/a:1: what it prints is undefined, no text or number'],
  ['<%= vars.level %>', '/c/a:1: what it prints is object, no text or number'],
  ['<%= vars.level.of %>', '/c/a:1: what it prints is a list, no text or number'],
  ['secret\n\n<%- vars.nothing %>', '/c/a:3: there is no vars.nothing'],
  ['<%= 1 + %>', "/c/a:1: Unexpected token ')'"],
  ['<%= ensemble', '/c/a:1: Could not find matching close tag for "<%=".'],
  ['<%- include("/etc/passwd") %>', '/c/a:1: templates include nothing'],
  ['<%= fs.readFileSync("/etc/passwd") %>', '/c/a:1: fs is not defined'],
])('an error names file and line and nothing around it: %j', (template, problem) => {
  rendered(template)
  expect(told).toEqual([problem])
})

test('in a file of keys the line is that of the file', () => {
  rendered('a\n<%= nobody %>', 7)
  expect(told).toEqual(['/c/a:8: nobody is not defined'])
})

test('other bytes than UTF-8 are told, and left as they are', () => {
  rendered(Buffer.from([0xff, 0x3c, 0x25]))
  expect(told).toEqual(['/c/a: it is not UTF-8'])
})
