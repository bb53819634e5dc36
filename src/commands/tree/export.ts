import { existsSync, statSync } from 'node:fs'
import { during } from '../../model/during.ts'
import { Failure } from '../../model/failure.ts'
import type { TreeSource } from '../../model/tree-source.ts'
import { type Exported, exportTree, type Sink } from '../../tree/export/export.ts'
import { folderSink } from '../../tree/export/folder.ts'
import { jsonFileSink, jsonSink } from '../../tree/export/json.ts'
import { checkFile, checkFolder } from '../../tree/export/out.ts'
import { withFleet } from '../shared/look/fleet.ts'
import { noTrees, observe } from '../shared/look/observe.ts'
import { withSession } from '../shared/look/session.ts'
import { asDman, readerAuth } from '../shared/prepare/identity.ts'
import { knownTree } from '../shared/run/arguments.ts'
import { fileTime } from '../shared/run/file-time.ts'
import { goOn, unlessInterrupted } from '../shared/run/interrupted.ts'
import type { Result } from '../shared/run/result.ts'
import type { Run } from '../shared/run/run.ts'

export interface TreeExportOptions {
  readonly tree: string
  readonly out?: string
}

/** All znodes of a tree, ours or not, to a folder, or with their ACLs to a file of JSON. Changes nothing; what is there already is kept. */
export const treeExport = async (run: Run<TreeExportOptions>): Promise<Result> => {
  const tree = knownTree(run.inventory, run.options.tree)
  const out = outOf(run, tree)
  out.check()
  // Whoever may not administer a znode is shown its ACL with the hashes masked, and import takes none such.
  const auth = out.hasAcls ? (await asDman(run)).auth : await readerAuth(run)
  const others = new Set(run.inventory.trees.map(({ path }) => path))
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, noTrees))
    const exported = await during(
      run.emit,
      { task: `trees/${tree.name}` },
      `export tree ${tree.name} at ${tree.path}`,
      () =>
        withSession(fleet, seen.ensemble, auth, (zk) => exportTree(zk, tree, others, interruptible(run, out.open()))),
      ({ znodes }) => ({ outcome: 'unchanged', note: `${znodes} znodes` }),
    )
    for (const text of warningsOf(exported, out.hasAcls))
      run.emit({ task: `trees/${tree.name}`, is: 'log', level: 'warn', text })
    return { is: 'said', lines: out.said(exported), exit: 0 }
  })
}

/** Where an export goes, and what is said of it on stdout. */
interface Out {
  readonly check: () => void
  readonly open: () => Sink
  readonly hasAcls: boolean
  readonly said: (exported: Exported) => readonly string[]
}

function outOf(run: Run<TreeExportOptions>, tree: TreeSource): Out {
  const out = run.options.out ?? nameOf(run, tree, Date.now())
  if (out === '-') return toStdout(run, tree)
  const said = ({ znodes, generation }: Exported) => [
    out,
    `${znodes} ${znodes === 1 ? 'znode' : 'znodes'} of ${tree.path}, generation ${generation ?? 'none'}`,
  ]
  const isFolder = !out.endsWith('.json') || (existsSync(out) && statSync(out).isDirectory())
  return isFolder
    ? { check: () => checkFolder(out), open: () => folderSink(tree.path, out, run.id), hasAcls: false, said }
    : { check: () => checkFile(out), open: () => jsonFileSink(out, run.id), hasAcls: true, said }
}

const nameOf = ({ inventory }: Run, { name }: TreeSource, at: number): string =>
  `${inventory.ensemble}-${name}-${fileTime(at)}.json`

/** The JSON is the result: it is held until it is whole, so that nobody takes half of it for all. */
function toStdout({ options }: Run<TreeExportOptions>, { name, secret }: TreeSource): Out {
  const lines: string[] = []
  const refuse = (got: string, hint: string) => new Failure({ step: `export tree ${name}`, got, hint, exit: 3 })
  return {
    check() {
      if (options.json) throw refuse('--json and --out -', 'with --out - the znodes are what is printed, as JSON')
      if (secret.length > 0 && process.stdout.isTTY)
        throw refuse('it has secrets, and would print them on a terminal', 'name a file')
    },
    open: () => jsonSink((line) => lines.push(line)),
    hasAcls: true,
    said: () => lines,
  }
}

const interruptible = (run: Run, sink: Sink): Sink => ({
  ...sink,
  add(znode) {
    goOn(run)
    return sink.add(znode)
  },
})

/** What is not in an export although one might expect it there. */
function warningsOf({ leftOut, masked }: Exported, hasAcls: boolean): readonly string[] {
  const shown = (paths: readonly string[]) =>
    `${paths.slice(0, 5).join(', ')}${paths.length > 5 ? ` and ${paths.length - 5} more` : ''}`
  const left = ['ephemeral', 'another tree'].flatMap((why) => {
    const paths = leftOut.filter((one) => one.why === why).map(({ path }) => path)
    return paths.length === 0 ? [] : [`left out, with all below: ${shown(paths)} (${why})`]
  })
  if (!hasAcls || masked.length === 0) return left
  return [...left, `ACLs that dman may not see whole, and that an import refuses: ${shown(masked)}`]
}
