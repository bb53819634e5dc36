import { type Applies, blockOf } from './config-blocks.ts'
import { type ConfigLine, type ConfigText, problemAt } from './config-lines.ts'
import { expand } from './config-tokens.ts'

/** Whose settings are looked up: the name as the user gave it, and what was given with it. */
export interface Asked {
  readonly name: string
  readonly user?: string | undefined
  readonly port?: number | undefined
}

/** What cannot be known from the files alone. */
export interface Here {
  readonly home: string
  readonly localUser: string
  /** this machine's name, with its domain */
  readonly localHost: string
  readonly uid: number
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What ssh's configuration says of one host; what is not there, it does not say. */
export interface HostConfig {
  /** where to connect; the name itself where no HostName is said */
  readonly address: string
  readonly user?: string
  readonly port?: number
  /** absolute paths, in their order; undefined where none is named, empty for `none` */
  readonly identityFiles?: readonly string[]
  readonly identitiesOnly: boolean
  /** an agent's socket; null for `none` */
  readonly agent?: string | null
  /** hops as `[user@]host[:port]` or `ssh://…`, by commas; `none` */
  readonly proxyJump?: string
  readonly proxyCommand?: string
  readonly knownHosts?: readonly string[]
  readonly hostKeyAlias?: string
  /** what was left out although it may matter, each with file and line */
  readonly leftOut: readonly string[]
}

/** Keywords that are followed. Each is said once: the first value counts, but for IdentityFile, which adds up. */
const followed = new Set([
  'hostname',
  'user',
  'port',
  'identityfile',
  'identitiesonly',
  'identityagent',
  'proxyjump',
  'proxycommand',
  'userknownhostsfile',
  'hostkeyalias',
])
/** Keywords that are not followed, and that change whom one reaches or by which key; with the value that changes nothing. */
const missed = new Map([
  ['bindaddress', ''],
  ['bindinterface', ''],
  ['canonicalizehostname', 'no'],
  ['certificatefile', 'none'],
  ['knownhostscommand', 'none'],
  ['pkcs11provider', 'none'],
  ['revokedhostkeys', 'none'],
])

/** Values by keyword, as they stand in the files. */
export interface Said {
  readonly values: Map<string, readonly string[]>
  readonly identityFiles: string[]
  readonly leftOut: string[]
}

/** What the files say of a host, the first value first. Throws a ConfigProblem where ssh would refuse the files, too. */
export function lookUp(files: readonly ConfigText[], asked: Asked, here: Here): HostConfig {
  const said: Said = { values: new Map(), identityFiles: [], leftOut: [] }
  if (asked.user !== undefined) said.values.set('user', [asked.user])
  if (asked.port !== undefined) said.values.set('port', [String(asked.port)])
  const pass = (name: string, isFinal: boolean): boolean => {
    const walk: Walk = { said, host: { asked: asked.name, name, isFinal }, here, wantsFinal: false }
    for (const file of files) read(file, walk, 'yes')
    return walk.wantsFinal
  }
  if (pass(asked.name, false)) {
    // `Match final` asks for a second look, by the name that the first one found, and that stays
    const address = addressOf(said, asked.name)
    said.values.set('hostname', [address.replaceAll('%', '%%')])
    pass(address, true)
  }
  return complete(said, asked, here)
}

interface Walk {
  readonly said: Said
  readonly host: { readonly asked: string; readonly name: string; readonly isFinal: boolean }
  readonly here: Here
  wantsFinal: boolean
}

/** Goes through a file; what an Include names counts as far as its own line does. */
function read(lines: ConfigText, walk: Walk, within: Applies): void {
  let applies = within
  for (const line of lines) {
    if (line.keyword === 'host' || line.keyword === 'match') applies = inner(within, judge(line, walk))
    else if (line.keyword === 'include') for (const file of line.included ?? []) read(file, walk, applies)
    else if (applies === 'yes') take(line, walk.said)
    else if (applies !== 'no') leaveOut(line, applies.unknown, walk.said)
  }
}

/** A block within a file that is included in a block. */
function inner(outer: Applies, block: Applies): Applies {
  if (outer === 'no' || block === 'no') return 'no'
  return outer === 'yes' ? block : outer
}

function judge(line: ConfigLine, walk: Walk): Applies {
  const { said, here, host } = walk
  const address = addressOf(said, host.name)
  const user = said.values.get('user')?.[0] ?? here.localUser
  const { applies, wantsFinal } = blockOf(line, { ...host, address, user, localUser: here.localUser })
  walk.wantsFinal ||= wantsFinal
  return applies
}

function take(line: ConfigLine, said: Said): void {
  const { keyword, args } = line
  if (!followed.has(keyword)) {
    const harmless = missed.get(keyword)
    if (harmless !== undefined && args[0]?.toLowerCase() !== harmless)
      note(said, line, `${keywordOf(line)} is not followed`)
    return
  }
  const value = valueOf(line)
  if (keyword === 'identityfile') {
    if (!said.identityFiles.includes(value[0])) said.identityFiles.push(value[0])
    return
  }
  // whichever of the two comes first counts
  const rivals = keyword.startsWith('proxy') ? ['proxyjump', 'proxycommand'] : [keyword]
  if (!rivals.some((rival) => said.values.has(rival))) said.values.set(keyword, value)
}

/** The words behind the keyword, of a proxy all as one. Throws a ConfigProblem for what cannot be its value. */
function valueOf(line: ConfigLine): readonly [string, ...string[]] {
  const [first = '', ...more] = line.keyword.startsWith('proxy') ? [line.rest] : line.args
  if (first === '') throw problemAt(line, `${keywordOf(line)} has no value`)
  if (line.keyword === 'port' && !isPort(first)) throw problemAt(line, `\`${first}\` is no port`)
  const isSwitch = line.keyword === 'identitiesonly'
  if (isSwitch && !/^(yes|no|true|false)$/.test(first)) throw problemAt(line, `\`${first}\` is neither yes nor no`)
  return [first, ...more]
}

function leaveOut(line: ConfigLine, why: string, said: Said): void {
  if (!followed.has(line.keyword) || said.values.has(line.keyword)) return
  note(said, line, `${keywordOf(line)} is left out: whether ${why} holds is not looked at`)
}

function note({ leftOut }: Said, { file, line }: ConfigLine, what: string): void {
  const text = `${file}:${line}: ${what}`
  if (!leftOut.includes(text)) leftOut.push(text)
}

/** As manuals write it, as far as it is known here. */
const keywordOf = ({ keyword }: ConfigLine): string => spelled.find((word) => word.toLowerCase() === keyword) ?? keyword
const spelled = [
  ...['HostName', 'User', 'Port', 'IdentityFile', 'IdentitiesOnly', 'IdentityAgent', 'ProxyJump', 'ProxyCommand'],
  ...['UserKnownHostsFile', 'HostKeyAlias', 'BindAddress', 'BindInterface', 'CanonicalizeHostname', 'CertificateFile'],
  ...['KnownHostsCommand', 'PKCS11Provider', 'RevokedHostKeys'],
]

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536

/** HostName may stand in terms of the name that was asked for; names are told apart by no capitals. */
const addressOf = (said: Said, name: string): string =>
  expand(said.values.get('hostname')?.[0] ?? '%h', { h: name }).toLowerCase()

function complete(said: Said, asked: Asked, here: Here): HostConfig {
  const { values } = said
  const one = (keyword: string) => values.get(keyword)?.[0]
  const address = addressOf(said, asked.name)
  const [user, port, alias] = [one('user'), one('port'), one('hostkeyalias')]
  const tokens = {
    ...{ d: here.home, h: address, n: asked.name, p: port ?? '22', r: user ?? here.localUser, u: here.localUser },
    ...{ k: alias ?? asked.name, l: here.localHost, L: here.localHost.replace(/\..*/, '') },
    i: String(here.uid),
  }
  const path = (text: string) => expand(text, tokens, here.env).replace(/^~(?=\/|$)/, here.home)
  const paths = (texts: readonly string[]) => texts.filter((text) => text.toLowerCase() !== 'none').map(path)
  const [jump, command, knownHosts] = [one('proxyjump'), one('proxycommand'), values.get('userknownhostsfile')]
  const agent = agentOf(one('identityagent'), path, here.env)
  return {
    address,
    identitiesOnly: /^(yes|true)$/.test(one('identitiesonly') ?? ''),
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(said.identityFiles.length === 0 ? {} : { identityFiles: paths(said.identityFiles) }),
    ...(agent === undefined ? {} : { agent }),
    ...(jump === undefined ? {} : { proxyJump: expand(jump, tokens).replace(/\s+(#.*)?/g, '') }),
    ...(command === undefined ? {} : { proxyCommand: command }),
    ...(knownHosts === undefined ? {} : { knownHosts: paths(knownHosts) }),
    ...(alias === undefined ? {} : { hostKeyAlias: expand(alias, tokens) }),
    leftOut: said.leftOut,
  }
}

/** A path, `none`, SSH_AUTH_SOCK for the usual one, or a variable's name behind a $. */
function agentOf(text: string | undefined, path: (text: string) => string, env: Here['env']) {
  if (text === undefined || text === 'SSH_AUTH_SOCK') return undefined
  if (text.toLowerCase() === 'none') return null
  return /^\$\w+$/.test(text) ? (env[text.slice(1)] ?? null) : path(text)
}
