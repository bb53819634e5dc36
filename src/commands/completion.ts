import { Failure } from '../model/failure.ts'

/** A command; the name of one in a group has two words, such as `tree diff`. */
export interface Described {
  readonly name: string
  readonly summary: string
  readonly options: readonly string[]
}

/** First words, each once, and the groups among them with what can follow. */
function wordsOf(commands: readonly Described[]) {
  const split = commands.map(({ name }) => name.split(' '))
  const first = [...new Set(split.map(([word = '']) => word))]
  const inGroup = (group: string) => split.flatMap(([word, next]) => (word === group && next ? [next] : []))
  return { first, groups: first.map((name) => ({ name, next: inGroup(name) })).filter(({ next }) => next.length > 0) }
}

const bash = (commands: readonly Described[]): string[] => {
  const { first, groups } = wordsOf(commands)
  return [
    '# source <(dman-bootstrap completion bash)',
    '_dman_bootstrap() {',
    '  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} options names=',
    `  if [ "$COMP_CWORD" = 1 ]; then names='${first.join(' ')}'; fi`,
    ...groups.flatMap(({ name, next }) => [
      `  if [ "$COMP_CWORD" = 2 ] && [ "$command" = ${name} ]; then names='${next.join(' ')}'; fi`,
      `  if [ "$COMP_CWORD" -gt 2 ] && [ "$command" = ${name} ]; then command="${name} \${COMP_WORDS[2]}"; fi`,
    ]),
    '  if [ -n "$names" ]; then',
    '    mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")',
    '    return',
    '  fi',
    '  case $command in',
    ...commands.map(({ name, options }) => `    '${name}') options='${options.join(' ')}' ;;`),
    '    *) options= ;;',
    '  esac',
    '  case $word in',
    '    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;',
    '    *) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;',
    '  esac',
    '}',
    'complete -o filenames -F _dman_bootstrap dman-bootstrap',
  ]
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

const zsh = (commands: readonly Described[]): string[] => {
  const { first, groups } = wordsOf(commands)
  const summary = (name: string) => commands.find((one) => one.name === name)?.summary ?? name
  return [
    '#compdef dman-bootstrap',
    '# source <(dman-bootstrap completion zsh)',
    '_dman_bootstrap() {',
    '  local -a commands options',
    '  local command=${words[2]}',
    `  commands=(${first.map((name) => quoted(`${name}:${summary(name)}`)).join(' ')})`,
    '  if (( CURRENT == 2 )); then _describe command commands; return; fi',
    ...groups.flatMap(({ name, next }) => [
      `  if [[ $command == ${name} ]]; then`,
      `    commands=(${next.map((word) => quoted(`${word}:${summary(`${name} ${word}`)}`)).join(' ')})`,
      '    if (( CURRENT == 3 )); then _describe command commands; return; fi',
      `    command="${name} \${words[3]}"`,
      '  fi',
    ]),
    '  case $command in',
    ...commands.map(({ name, options }) => `    '${name}') options=(${options.join(' ')}) ;;`),
    '  esac',
    '  if [[ ${words[CURRENT]} == -* ]]; then compadd -- $options; else _files; fi',
    '}',
    'compdef _dman_bootstrap dman-bootstrap',
  ]
}

const fish = (commands: readonly Described[]): string[] => [
  '# dman-bootstrap completion fish | source',
  ...wordsOf(commands).groups.map(({ name }) => `complete -c dman-bootstrap -n __fish_use_subcommand -f -a ${name}`),
  ...commands.flatMap(({ name, summary, options }) => {
    const [first = '', next] = name.split(' ')
    const offered =
      next === undefined
        ? '__fish_use_subcommand'
        : `'__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${next}'`
    const inside = next === undefined ? first : `${first}; and __fish_seen_subcommand_from ${next}`
    return [
      `complete -c dman-bootstrap -n ${offered} -f -a ${next ?? first} -d '${summary.replaceAll("'", "\\'")}'`,
      ...options.map(
        (option) => `complete -c dman-bootstrap -n '__fish_seen_subcommand_from ${inside}' -l ${option.slice(2)}`,
      ),
    ]
  }),
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
