import { randomBytes } from 'node:crypto'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { Command, CommanderError } from 'commander'
import type { Described } from './commands/completion.ts'
import { commands, groups } from './commands/registry.ts'
import { count, knownHost, names, patience, refuseHosts, seconds } from './commands/shared/run/arguments.ts'
import { passphraseOf } from './commands/shared/run/passphrase.ts'
import type { Registered } from './commands/shared/run/registered.ts'
import type { Result } from './commands/shared/run/result.ts'
import type { Options, Run } from './commands/shared/run/run.ts'
import { version } from './commands/shared/run/version.ts'
import { readInventory } from './inventory/read.ts'
import { openAudit } from './local/audit.ts'
import { observeOperator } from './local/operator.ts'
import type { EventBody } from './model/event.ts'
import { exitOf, Failure, failuresOf } from './model/failure.ts'
import { asker } from './ui/ask.ts'
import { failureLines } from './ui/failure.ts'
import { resultDocument, resultLines, resultText } from './ui/result.ts'
import { viewFor } from './ui/view-for.ts'
import { painter } from './ui/words.ts'

// The only place that ends the process: arguments to a Run, results to the view, errors to exit codes.

// V8 collects late while a heap grows: an unchanged seed of a hundred thousand znodes took 498 MB without this, and at most 370 MB with it. Small
// heaps go without: an upload's buffers, which lie outside, would have V8 collect all the time, a fifth of a second of a first `up`.
const untilLarge = setInterval(() => {
  if (getHeapStatistics().total_heap_size < 48 << 20) return
  setFlagsFromString('--heap-growing-percent=25')
  clearInterval(untilLarge)
}, 20).unref()

const out = (line: string) => void process.stdout.write(`${line}\n`)
const err = (line: string) => void process.stderr.write(`${line}\n`)

// A reader that has gone (`| head`) must not end a run half-way: what it would have read is dropped.
let unwritten: NodeJS.ErrnoException | undefined
process.stderr.on('error', () => undefined)
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') unwritten ??= error
})

/** Exit, but not before what was printed has left: a pipe may be slow. */
async function leave(code: number): Promise<never> {
  await flushed(process.stdout)
  if (unwritten !== undefined) printFailures([notPrinted(unwritten)], false)
  await flushed(process.stderr)
  process.exit(code === 0 && unwritten !== undefined ? 1 : code)
}

const flushed = (stream: NodeJS.WriteStream): Promise<unknown> => new Promise((done) => stream.write('', done))

const notPrinted = (cause: NodeJS.ErrnoException): Failure =>
  new Failure({ step: 'print the result', got: cause.message, hint: 'the command itself went on to its end', cause })

/** Ctrl-C once: at the next safe point. Twice: at once; the next run finishes. What only reads ends with its reader, too. */
function interruption(onlyReads: boolean): AbortSignal {
  const controller = new AbortController()
  if (onlyReads) process.stdout.on('error', () => controller.abort())
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(130)
    err('interrupted: ends at the next safe point; once more ends at once')
    controller.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt)
  return controller.signal
}

/** Prints failures; the exit code that they ask for, undefined where there is none. */
function printFailures(failures: readonly Failure[], verbose: boolean): number | undefined {
  const paint = painter(process.stderr, process.env)
  for (const failure of failures) failureLines(failure, paint, verbose).forEach(err)
  return failures.length === 0 ? undefined : exitOf(failures)
}

/** One command on one inventory: events to the view and the audit file, the result to stdout. */
async function execute(command: string, registered: Registered, file: string, options: Options): Promise<number> {
  const [inventory, body] = await Promise.all([readInventory(file), registered.load()])
  const onlyReads = !registered.changes
  refuseHosts(registered, options)
  for (const name of options.hosts ?? []) knownHost(inventory, name, '--hosts')
  const id = randomBytes(8).toString('hex')
  const operator = observeOperator()
  const names = { hosts: inventory.hosts.map(({ name }) => name), trees: inventory.trees.map(({ name }) => name) }
  const view = await viewFor({ ...names, ...options, command, document: registered.json === 'document' }, process.env)
  const audit = openAudit(inventory.state, {
    who: operator.who,
    run: id,
    command,
    dryRun: options.dryRun || onlyReads,
  })
  const emit = (event: { task: string; host?: string } & EventBody) => {
    const timed = { at: Date.now(), ...event }
    view.show(timed)
    audit.write(timed)
  }
  const ask = asker(process.stdin.isTTY && process.stderr.isTTY, () => view.rest())
  const passphrase = passphraseOf(process.env, ask)
  const run = { id, command, inventory, options, emit, ask, passphrase, interrupted: interruption(onlyReads), operator }
  let exit = 1
  try {
    const result = await body(run as Run<never>).finally(() => view.rest())
    print(command, registered, result, options)
    exit = printFailures(result.failures ?? [], options.verbose) ?? result.exit
  } catch (thrown) {
    exit = printFailures(failuresOf(thrown), options.verbose) ?? 1
  } finally {
    audit.end(exit)
  }
  return exit
}

function print(command: string, { json }: Registered, result: Result, options: Options & { watch?: boolean }): void {
  if (!options.json) resultLines(result, painter(process.stdout, process.env), options.verbose).forEach(out)
  else if (json === 'document') out(resultText(result, options))
  else out(JSON.stringify({ at: Date.now(), task: command, is: 'result', result: resultDocument(result) }))
}

/** As commander gives them: times in seconds, and a command's own options beside those of all. */
type Given = Omit<Options, 'dryRun'>

/** The command that others are below, such as `tree` of `tree diff`; the program itself for most. */
function groupOf(program: Command, words: readonly string[]): Command {
  const [group] = words.length > 1 ? words : []
  if (group === undefined) return program
  return (
    program.commands.find((command) => command.name() === group) ??
    program
      .command(group)
      .summary(groups[group] ?? group)
      .description(groups[group] ?? group)
  )
}

/** A command on an inventory, with the options that every command has and its own. */
function onInventory(program: Command, name: string, registered: Registered): void {
  const { summary, changes, json, operands = [], options: own = [] } = registered
  const { noHosts, hosts = 'change only these hosts, with commas between; all are observed' } = registered
  const words = name.split(' ')
  const shown = operands.map((operand) => (operand.endsWith('?') ? `[${operand.slice(0, -1)}]` : `<${operand}>`))
  const command = groupOf(program, words)
    .command([words.at(-1), '<inventory>', ...shown].join(' '))
    .summary(summary)
    .description(summary)
    .option('--json', json === 'document' ? 'print JSON, one document' : 'print JSON, one event a line', false)
    .option('--hosts <names>', noHosts === undefined ? hosts : `refused: ${noHosts}`, names)
    .option('--concurrency <n>', 'hosts worked on side by side', count, 10)
    .option('--timeout <seconds>', 'what one step may take', patience, 120)
    .option('--lock-wait <seconds>', 'how long to wait for a lock that another run holds', seconds, 0)
    .option('--yes', 'answer yes to what would be asked', false)
    .option('--verbose', 'every remote call, and stack traces', false)
    .option('--quiet', 'no progress', false)
    .option('--accept-new-host-keys', 'record the keys of hosts not seen before; a changed key is still refused', false)
  if (changes) command.option('--dry-run', 'show what would be done, and do nothing', false)
  for (const [flags, description, read, otherwise] of own) {
    if (read !== undefined) command.option(flags, description, read, otherwise)
    else if (flags.includes('<')) command.option(flags, description)
    // commander would leave out a flag that is not given
    else command.option(flags, description, false)
  }
  command.action(async (file: string, ...rest: readonly unknown[]) => {
    // behind the operands come the options, then the command itself
    const given = command.opts<Given>()
    const times = { timeout: given.timeout * 1000, lockWait: given.lockWait * 1000 }
    const more = Object.fromEntries(operands.map((operand, at) => [operand.replace('?', ''), rest[at]]))
    await leave(await execute(name, registered, file, { dryRun: false, ...given, ...more, ...times }))
  })
}

function program(): Command {
  const program = new Command('dman-bootstrap')
    .description('A ZooKeeper ensemble, and the configuration it distributes, from nothing but SSH logins.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(--help tells more)')
    .addHelpText(
      'after',
      '\nExit codes: 0 done · 1 failed · 2 plan found changes (--detailed-exitcode) · 3 bad usage or inventory ·\n' +
        '4 a host is unreachable or refuses the login · 5 refused, quorum or data at risk · 6 locked · 130 interrupted',
    )
  program
    .command('init [file]')
    .summary('a commented inventory to start from')
    .action(async (file?: string) => {
      const { init } = await import('./commands/init.ts')
      ;(await init(file)).lines.forEach(out)
    })
  for (const [name, registered] of Object.entries(commands)) onInventory(program, name, registered)
  program
    .command('completion <shell>')
    .summary('bash, zsh or fish')
    .action(async (shell: string) => {
      const { completion } = await import('./commands/completion.ts')
      completion(shell, describe(program)).forEach(out)
    })
  return program
}

/** What completion needs to know of the commands. */
const describe = (program: Command, above = ''): Described[] =>
  program.commands.flatMap((command) =>
    command.commands.length > 0
      ? describe(command, `${command.name()} `)
      : {
          name: `${above}${command.name()}`,
          summary: command.summary(),
          options: command.options.flatMap(({ long }) => (long ? [long] : [])),
        },
  )

try {
  await program().parseAsync()
} catch (thrown) {
  if (thrown instanceof CommanderError) await leave(thrown.exitCode === 0 ? 0 : 3)
  await leave(printFailures(failuresOf(thrown), process.argv.includes('--verbose')) ?? 1)
}
