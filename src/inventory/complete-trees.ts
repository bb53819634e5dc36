import { dirname, resolve } from 'node:path'
import { hostPort } from '../model/address.ts'
import { isWanted } from '../model/names.ts'
import type { TemplateVariables, TreeSource, ValidateCommand } from '../model/tree-source.ts'
import { optional } from './optional.ts'
import type { Disk } from './paths.ts'
import { absolutePath } from './paths.ts'
import type { RawInventory } from './schema.ts'

type Home = Pick<Disk, 'file' | 'home'>
export type RawTree = RawInventory['trees'][string]

/** The folders of a tree as the file has them, in their order. */
export const foldersOf = ({ from }: Pick<RawTree, 'from'>): readonly string[] => [from].flat()

export function completeTrees(raw: RawInventory, disk: Home): TreeSource[] {
  const variables = variablesOf(raw)
  return Object.entries(raw.trees).map(([name, tree]) => ({
    name,
    path: tree.path,
    from: foldersOf(tree).map((folder) => absolutePath(folder, disk)),
    format: tree.format,
    separator: tree.separator ?? '/',
    templates: tree.templates,
    variables: { ...variables, vars: { ...variables.vars, ...tree.vars } },
    ...optional('schema', tree.schema === undefined ? undefined : absolutePath(tree.schema, disk)),
    ...optional('validate', validateCommand(tree, disk)),
    prune: tree.prune,
    acl: tree.acl,
    acls: Object.entries(tree.acls).map(([pattern, acl]) => ({ pattern, acl })),
    secret: tree.secret,
    root: tree.root,
    history: tree.history,
  }))
}

function variablesOf({ ensemble, hosts, ports, vars }: RawInventory): TemplateVariables {
  const members = Object.entries(hosts)
    .filter(([, host]) => isWanted(host))
    .map(([name, { id, address, role }]) => ({ name, id, address, role }))
    .sort((a, b) => a.id - b.id)
  const used = Object.fromEntries(
    Object.entries(ports).flatMap(([name, port]) => (port === undefined ? [] : [[name, port]])),
  )
  const connect = members.map(({ address }) => hostPort(address, ports.client)).join()
  return { ensemble, hosts: members, ports: used, connect, vars }
}

/** A command with a slash in it is a path; else it is looked for in PATH. */
export const isPath = (command: string): boolean => command.includes('/')

function validateCommand({ validate }: RawTree, disk: Home): ValidateCommand | undefined {
  const [command, ...rest] = validate ?? []
  if (command === undefined) return undefined
  return {
    command: [isPath(command) ? absolutePath(command, disk) : command, ...rest],
    folder: resolve(dirname(disk.file)),
  }
}
