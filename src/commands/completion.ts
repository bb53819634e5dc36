import { Failure } from '../model/failure.ts'

interface Described {
  readonly name: string
  readonly summary: string
  readonly options: readonly string[]
}

const bash = (commands: readonly Described[]): string[] => [
  '# source <(dman-bootstrap completion bash)',
  '_dman_bootstrap() {',
  '  local word=${COMP_WORDS[COMP_CWORD]} options',
  '  if [ "$COMP_CWORD" = 1 ]; then',
  `    mapfile -t COMPREPLY < <(compgen -W '${commands.map(({ name }) => name).join(' ')}' -- "$word")`,
  '    return',
  '  fi',
  '  case ${COMP_WORDS[1]} in',
  ...commands.map(({ name, options }) => `    ${name}) options='${options.join(' ')}' ;;`),
  '    *) options= ;;',
  '  esac',
  '  case $word in',
  '    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;',
  '    *) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;',
  '  esac',
  '}',
  'complete -o filenames -F _dman_bootstrap dman-bootstrap',
]

const zsh = (commands: readonly Described[]): string[] => [
  '#compdef dman-bootstrap',
  '# source <(dman-bootstrap completion zsh)',
  '_dman_bootstrap() {',
  '  local -a commands options',
  `  commands=(${commands.map(({ name, summary }) => `'${name}:${summary.replaceAll("'", "'\\''")}'`).join(' ')})`,
  '  if (( CURRENT == 2 )); then _describe command commands; return; fi',
  '  case ${words[2]} in',
  ...commands.map(({ name, options }) => `    ${name}) options=(${options.join(' ')}) ;;`),
  '  esac',
  '  if [[ ${words[CURRENT]} == -* ]]; then compadd -- $options; else _files; fi',
  '}',
  'compdef _dman_bootstrap dman-bootstrap',
]

const fish = (commands: readonly Described[]): string[] => [
  '# dman-bootstrap completion fish | source',
  ...commands.flatMap(({ name, summary, options }) => [
    `complete -c dman-bootstrap -n __fish_use_subcommand -f -a ${name} -d '${summary.replaceAll("'", "\\'")}'`,
    ...options.map(
      (option) => `complete -c dman-bootstrap -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`,
    ),
  ]),
]

/** The lines a shell has to read to complete commands, options and files. */
export function completion(shell: string, commands: readonly Described[]): string[] {
  if (shell === 'bash') return bash(commands)
  if (shell === 'zsh') return zsh(commands)
  if (shell === 'fish') return fish(commands)
  throw new Failure({
    step: 'completion',
    got: `no completion for ${shell}`,
    hint: 'bash, zsh and fish have one',
    exit: 3,
  })
}
