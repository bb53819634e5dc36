import type { ClientDocument } from '../model/documents.ts'
import type { Secret } from '../model/secret.ts'
import { blocksOf } from './client-lines.ts'
import { table } from './table.ts'
import type { Paint } from './words.ts'

/** The one place that shows a password, and only one that was asked for. Beside the document itself: `name:password`. */
export const clientDocument = (client: ClientDocument, auth: Secret | undefined): unknown =>
  auth === undefined ? client : { ...client, auth: auth.reveal() }

/** What a program needs, and lines to paste. */
export function clientLines(client: ClientDocument, auth: Secret | undefined, paint: Paint): readonly string[] {
  const { connect, secure, trees } = client
  const says = auth !== undefined || !trees.every(({ readers }) => readers.includes('world:anyone'))
  const rows = trees.map((tree) => [tree.name, tree.path, tree.head, tree.readers.join(' ') || 'nobody all of it'])
  return [
    `servers: ${paint('bold', connect)}`,
    ...(secure === undefined ? [] : secureLines(secure, paint)),
    ...(auth === undefined ? [] : [`ZK_AUTH=${auth.reveal()}`]),
    ...(rows.length === 0 ? [] : ['', ...table([['TREE', 'PATH', 'HEAD', 'READ BY'], ...rows])]),
    ...blocksOf(client, says).flatMap(([name, lines]) => [
      '',
      paint('bold', name),
      ...lines.map((line) => `  ${line}`),
    ]),
  ]
}

const secureLines = ({ connect, ca_file, ca }: NonNullable<ClientDocument['secure']>, paint: Paint) => [
  `by TLS:  ${paint('bold', connect)}`,
  `CA:      ${ca_file}${ca === null ? ' (not there yet: `up` makes it)' : ''}`,
]
