import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { withLab } from './lab/lab.ts'
import { repository, runCommand } from './lab/run.ts'
import { ended, homes, servers } from './up-look.ts'

const program = `"${process.execPath}" "${path.join(repository, 'dist/dman-bootstrap.js')}"`
const colours = /\x1b\[[\d;]*m/

describe('what is said, and how', () => {
  const lab = withLab({ hosts: 1 })
  const shell = (text: string, input?: string) =>
    runCommand(['bash', '-c', text.replaceAll('PROGRAM', program).replaceAll('INV', `"${lab.inventory}"`)], {
      cwd: lab.folder,
      ...(input === undefined ? {} : { input }),
      env: { NO_COLOR: undefined, FORCE_COLOR: undefined, CI: undefined, TERM: 'xterm' },
    })
  /** in a terminal of its own; all that is drawn there, and the exit code */
  const inTerminal = (text: string, input?: string) =>
    shell(
      `script -qec ${quoted(text.replaceAll('PROGRAM', program).replaceAll('INV', `"${lab.inventory}"`))} /dev/null`,
      input,
    )

  test('up from nothing on a terminal: a task list; without colours where NO_COLOR is set', async () => {
    const { code, stdout } = await inTerminal('stty cols 100 rows 40; NO_COLOR=1 PROGRAM up INV')
    const text = stripVTControlCharacters(stdout)
    expect(code, text).toBe(0)
    expect(stdout).not.toMatch(colours)
    for (const heading of ['Hosts', 'Ensemble', 'Trees']) expect(text).toContain(`✔ ${heading}`)
    expect(text).toMatch(/✔ zk1 {2}serves/)
    expect(text).toMatch(/^\S+: healthy, 1 of 1 members serve, zk1 leads\r$/m)
    expect((await inTerminal('PROGRAM status INV')).stdout).toMatch(colours)
  })

  test('in a pipe: plain lines, results on stdout alone; --quiet says no more than that, --verbose each call', async () => {
    const plain = ended(await shell('PROGRAM up INV'), 0)
    expect(plain.stdout + plain.stderr).not.toMatch(colours)
    expect(plain.stderr).toMatch(/^\[ +\d+\.\ds\] plan: nothing to do\n$/)
    expect(ended(await shell('PROGRAM up INV --quiet'), 0).stderr).toBe('')
    expect(ended(await shell('PROGRAM up INV --verbose'), 0).stderr).toMatch(/zk1: asked observe, \d+ ms, done/)
    // CI on a terminal: lines are not drawn over
    expect((await inTerminal('CI=1 PROGRAM up INV')).stdout).toMatch(/plan: nothing to do/)
  })

  test.for([
    'plan INV --verbose',
    'status INV',
    'status INV --json',
    'up INV --json',
    'check INV --verbose',
    'status INV --watch',
    'init',
    '--help',
  ])('a reader that leaves early changes nothing: %s', async (command) => {
    const { stdout, stderr } = await shell(`PROGRAM ${command} | true; echo "\${PIPESTATUS[0]}"`)
    expect(stdout).toBe('0\n')
    expect(stderr).not.toMatch(/EPIPE|node:|at /)
  })

  test('a disk that is full behind stdout is an error, but none that stops the run', async () => {
    const full = await shell('PROGRAM status INV >/dev/full')
    expect(full).toMatchObject({ code: 1 })
    expect(full.stderr).toMatch(/^error print the result\n +ENOSPC/)
  })

  test.for([
    ['', /Usage: dman-bootstrap/],
    ['up', /missing required argument 'inventory'/],
    ['uo INV', /unknown command 'uo'[^]*Did you mean up/],
    ['up INV more', /too many arguments/],
    ['up INV --jsn', /unknown option '--jsn'/],
    ['up INV --timeout soon', /a number of seconds is wanted/],
    ['up INV --timeout 0', /more than no time at all/],
    ['up INV --concurrency 0', /a whole number from 1 on/],
    ['up INV --hosts zk1,zk9', /no host zk9 in the inventory\n.*the inventory has zk1/],
    ['up missing.yml', /there is no such file\n.*init writes one/],
    ['up config', /it is a directory/],
    ['up /bin/sh', /it is not UTF-8 text/],
    ['up /dev/null', /the file is empty/],
    ['completion tcsh', /no completion for tcsh/],
    ['init missing/folder/x.yml', /there is no such folder/],
  ] as const)('bad usage is exit 3, told in a few words: dman-bootstrap %s', async ([command, words]) => {
    const told = await shell(`PROGRAM ${command}`)
    expect(told.code, told.stderr).toBe(3)
    expect(told.stderr).toMatch(words)
    expect(told.stderr).not.toMatch(/^ +at /m)
    expect(told.stdout).toBe('')
  })

  test('cases 28, 29, 39: a wrong inventory is told whole, by file, line, column and suggestion; no host is contacted', async () => {
    const contacts = () => lab.exec('zk1', 'cat /var/log/sshd 2>/dev/null || :', { root: lab.kind === 'namespaces' })
    const before = (await contacts()).stdout
    const file = path.join(lab.folder, 'wrong.yml')
    const lines = [
      'ensemble: Lab',
      'hots: { zk1: { id: 1, address: 127.0.0.1 } }',
      'java: { archive: ./none.tar.gz }',
      'zookeeper:',
      '  archive: ./none-either.tar.gz',
      '  heap: 5 elephants',
      '  jvm: [-Dzookeeper.forceSync=no]',
      '  config: { tickTme: 2000, dataDir: /tmp }',
    ]
    await writeFile(file, lines.join('\n'))
    for (const command of ['up', 'plan --json', 'status', 'destroy --yes --data']) {
      const told = await shell(`PROGRAM ${command} wrong.yml`)
      expect(told.code).toBe(3)
      for (const place of ['1:11', '2:1', '6:9', '7:9', '8:13', '8:28'])
        expect(told.stderr, command).toMatch(new RegExp(`^wrong\\.yml:${place}: `, 'm'))
      expect(told.stderr).toContain('did you mean `hosts`?')
      expect(told.stderr).toContain('did you mean `tickTime`?')
      expect(told.stdout).toBe('')
    }
    expect((await contacts()).stdout).toBe(before)
  })

  test('a stack is shown with --verbose only', async () => {
    expect((await shell('PROGRAM up missing.yml')).stderr).not.toMatch(/ at /)
    expect((await shell('PROGRAM up missing.yml --verbose')).stderr).toMatch(/\n +at /)
  })

  test('what bash is told to complete: commands, then their options', async () => {
    const complete = (words: string) =>
      `COMP_WORDS=(dman-bootstrap ${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _dman_bootstrap; echo "\${COMPREPLY[*]}"`
    const { stdout } = await shell(
      `source <(PROGRAM completion bash); ${complete('st')}; ${complete('up --dr')}; ${complete('status --dr')}`,
    )
    expect(stdout).toBe('status start stop\n--dry-run\n--drift\n')
    for (const other of ['zsh', 'fish'])
      expect(ended(await shell(`PROGRAM completion ${other}`), 0).stdout).toContain('seed')
  })

  test('destroy asks on a terminal: only the ensemble’s name is a yes', async () => {
    const before = [await homes(lab), await servers(lab)]
    const asked = await inTerminal('PROGRAM destroy INV --data', 'yes\n')
    expect(asked.code, asked.stdout).toBe(130)
    expect(stripVTControlCharacters(asked.stdout)).toMatch(
      /removes ~\/dman WITH ALL DATA on zk1\.[^]*nothing was changed/,
    )
    expect([await homes(lab), await servers(lab)]).toEqual(before)
    const sure = await inTerminal('PROGRAM destroy INV --data', `${lab.name}\n`)
    expect(sure.code, sure.stdout).toBe(0)
    expect((await lab.exec('zk1', 'ls')).stdout).toBe('')
  })
})

/** As one word of a shell's. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
