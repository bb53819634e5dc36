import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { commands } from '../../src/commands/registry.ts'

// Words in backquotes that are no commands but settings of an inventory. In src/inventory all of them are.
const settings = ['version', 'archive', 'world', 'anyone', 'dman']

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.(ts|sh)$/.test(file) && !file.startsWith('inventory/'),
)

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  node.forEachChild((child) => walk(child, visit))
}
const parsed = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readFileSync(`src/${file}`, 'utf8'), ts.ScriptTarget.ESNext)

function textsOf(file: string): string[] {
  if (file.endsWith('.sh')) return readFileSync(`src/${file}`, 'utf8').replace(/^\s*#.*$/gm, '').split('\n') // prettier-ignore
  const texts: string[] = []
  walk(parsed(file), (node) => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      texts.push(node.text)
  })
  return texts
}

/** Those on an inventory, and the few that cli.ts registers by hand. */
function registered(): string[] {
  const byHand: string[] = []
  walk(parsed('cli.ts'), (node) => {
    if (ts.isStringLiteral(node)) byHand.push(...(/^([a-z]+) [[<]/.exec(node.text)?.slice(1) ?? []))
  })
  return [...Object.keys(commands), ...byHand]
}

test('every command that a hint names is there', () => {
  const known = registered()
  expect(known).toEqual(expect.arrayContaining(['init', 'check', 'up', 'status', 'unlock', 'completion']))
  const named = sources.flatMap((file) =>
    textsOf(file).flatMap((text) =>
      [
        ...text.matchAll(
          /`(?:dman-bootstrap )?((?:(?:tree|secrets) )?[a-z]+)(?: [^`]*)?`|(?:run|with|^) ?'?dman-bootstrap ([a-z]+)/g,
        ),
      ].map(([, quoted, bare]) => ({ file, command: quoted ?? bare ?? '' })),
    ),
  )
  expect(named.length).toBeGreaterThan(15)
  expect(named.filter(({ command }) => ![...known, ...settings].includes(command))).toEqual([])
})
