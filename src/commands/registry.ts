import { count, since } from './shared/run/arguments.ts'
import { command, type Registered } from './shared/run/registered.ts'

const allowShrink = ['--allow-shrink', 'let a tree lose more than half of its znodes; so does --yes'] as const

/** What commands with a common first word are about. */
export const groups: Readonly<Record<string, string>> = {
  tree: 'one configuration tree of the inventory',
  secrets: 'the generated passwords and keys of the ensemble',
}

/** All commands on an inventory, by name, in the order of --help; `tree diff` is the command diff of the group tree. */
export const commands: Readonly<Record<string, Registered>> = {
  check: command({
    summary: 'preflight: every host, every question, a remedy for each failure',
    changes: false,
    json: 'document',
    load: async () => (await import('./check.ts')).check,
  }),
  plan: command({
    summary: 'what up would do, file diffs and restart reasons',
    changes: false,
    json: 'document',
    options: [['--detailed-exitcode', 'exit 2 where there are changes']],
    load: async () => (await import('./plan.ts')).plan,
  }),
  up: command({
    summary: 'make it so: idempotent, safe on a running ensemble; ends with status',
    changes: true,
    json: 'events',
    options: [allowShrink],
    load: async () => (await import('./up.ts')).up,
  }),
  status: command({
    summary: 'members, leader, quorum, problems, connection string',
    changes: false,
    json: 'document',
    options: [
      ['--drift', 'read the trees, too: has somebody else changed what we own?'],
      ['--watch', 'again every two seconds, until interrupted'],
    ],
    load: async () => (await import('./status.ts')).status,
  }),
  restart: command({
    summary: 'rolling restart: one member at a time, the leader last',
    changes: true,
    json: 'events',
    load: async () => (await import('./restart.ts')).restart,
  }),
  repair: command({
    summary: "set a member's data aside on its host, and let it fetch all from the others",
    changes: true,
    json: 'events',
    operands: ['host'],
    noHosts: 'only the host that is named is changed',
    load: async () => (await import('./repair.ts')).repair,
  }),
  start: command({
    summary: 'start every member that does not serve',
    changes: true,
    json: 'events',
    load: async () => (await import('./start.ts')).start,
  }),
  stop: command({
    summary: 'stop the whole ensemble, data untouched',
    changes: true,
    json: 'events',
    load: async () => (await import('./stop.ts')).stop,
  }),
  destroy: command({
    summary: 'stop and remove; the data only with --data',
    changes: true,
    json: 'events',
    options: [['--data', 'the data too']],
    load: async () => (await import('./destroy.ts')).destroy,
  }),
  backup: command({
    summary: 'save all data of the running ensemble in one file, replayed before it counts',
    changes: true,
    json: 'events',
    options: [['--out <file>', 'what to write; else ENSEMBLE-TIME.backup.tar.gz here']],
    load: async () => (await import('./backup.ts')).backup,
  }),
  restore: command({
    summary: 'bring the data of a backup to every member, of this ensemble or of a new one',
    changes: true,
    json: 'events',
    noHosts: 'a restore takes all hosts',
    operands: ['file?'],
    options: [['--undo', 'without a file: take one back that was stopped before it replaced any data']],
    load: async () => (await import('./restore.ts')).restore,
  }),
  seed: command({
    summary: 'apply the trees only',
    changes: true,
    json: 'events',
    noHosts: 'a tree is written as a whole',
    options: [
      ['-m, --message <reason>', 'why, for the history of the tree'],
      allowShrink,
      ['--out <file>', 'save the plan, and change nothing'],
      ['--plan <file>', 'apply a saved plan: refused where it would do anything else now'],
    ],
    load: async () => (await import('./seed.ts')).seed,
  }),
  'tree diff': command({
    summary: 'what seed would change, to the byte: unified diffs of text, sizes and hashes of all else',
    changes: false,
    json: 'document',
    operands: ['tree'],
    options: [['--detailed-exitcode', 'exit 2 where there are changes']],
    load: async () => (await import('./tree/diff.ts')).treeDiff,
  }),
  'tree history': command({
    summary: 'the generations of a tree that are kept: when, who, why, and how much it changed',
    changes: false,
    json: 'document',
    operands: ['tree'],
    load: async () => (await import('./tree/history.ts')).treeHistory,
  }),
  'tree rollback': command({
    summary: 'make a tree what a former generation was, as a new one',
    changes: true,
    json: 'events',
    noHosts: 'a tree is written as a whole',
    operands: ['tree'],
    options: [
      [
        '--to <n>',
        'which generation; else the one before the current, or before what was begun and not finished',
        count,
      ],
      ['-m, --message <reason>', 'why, for the history of the tree'],
      allowShrink,
    ],
    load: async () => (await import('./tree/rollback.ts')).treeRollback,
  }),
  'tree export': command({
    summary: 'all znodes of a tree: into a folder, or with their ACLs into JSON that zk-shell reads, too',
    changes: false,
    json: 'events',
    operands: ['tree'],
    options: [['--out <path>', 'a new folder, NAME.json, or - for JSON on stdout; else ENSEMBLE-TREE-TIME.json here']],
    load: async () => (await import('./tree/export.ts')).treeExport,
  }),
  'tree import': command({
    summary: 'make a tree what an export holds, as a new generation',
    changes: true,
    json: 'events',
    noHosts: 'a tree is written as a whole',
    operands: ['tree', 'path'],
    options: [['-m, --message <reason>', 'why, for the history of the tree'], allowShrink],
    load: async () => (await import('./tree/import.ts')).treeImport,
  }),
  'tree explain': command({
    summary: 'which file a znode comes from, what it overrides, and the patterns that match it; nothing is contacted',
    changes: false,
    json: 'document',
    operands: ['tree', 'path'],
    load: async () => (await import('./tree/explain.ts')).treeExplain,
  }),
  bundle: command({
    summary: 'facts, settings, logs, status and plan in one archive for a bug report, secrets struck out',
    changes: false,
    json: 'events',
    options: [['--out <file>', 'what to write; else ENSEMBLE-TIME.bundle.tar.gz here']],
    load: async () => (await import('./bundle.ts')).bundle,
  }),
  client: command({
    summary:
      'what a program needs to connect: servers, trees, lines to paste for kazoo, Java and Node; contacts nobody',
    changes: false,
    json: 'document',
    options: [['--identity <name>', 'with the password of this identity, which an ACL names']],
    load: async () => (await import('./client.ts')).client,
  }),
  logs: command({
    summary: 'the logs of all members side by side, merged by time',
    changes: false,
    json: 'events',
    hosts: 'only these hosts, with commas between',
    options: [
      ['--follow', 'go on with what comes, until interrupted'],
      ['--since <time>', 'from then on: 90s, 10m, 2h, 1d, or 2026-01-31T09:30 by the hosts’ clocks', since],
      ['--lines <n>', 'without --since: so many lines of each log at most', count, 100],
    ],
    load: async () => (await import('./logs.ts')).logs,
  }),
  'secrets protect': command({
    summary: 'seal the generated passwords by a passphrase; --remove undoes it',
    changes: true,
    json: 'events',
    noHosts: 'it changes a file of this machine alone',
    options: [['--remove', 'open them again for whoever may read the file']],
    load: async () => (await import('./secrets/protect.ts')).protect,
  }),
  'secrets rotate': command({
    summary: 'new passwords of the super user and of dman, by a roll: what up does, with these',
    changes: true,
    json: 'events',
    noHosts: 'a change of the passwords takes all hosts',
    options: [allowShrink],
    load: async () => (await import('./secrets/rotate.ts')).rotate,
  }),
  'secrets recover': command({
    summary: 'after .dman was lost: new passwords and a new CA, the rest from what hosts can tell',
    changes: true,
    json: 'events',
    noHosts: 'a change of the passwords takes all hosts',
    options: [allowShrink],
    load: async () => (await import('./secrets/recover.ts')).recover,
  }),
  unlock: command({
    summary: 'what the lock is, and its removal',
    changes: true,
    json: 'events',
    load: async () => (await import('./unlock.ts')).unlock,
  }),
}
