import type { ServerHostKeyAlgorithm } from 'ssh2'
import type { Emit } from '../model/event.ts'
import { type Failure, Unreachable, wordsOf } from '../model/failure.ts'
import { fingerprint, judge, keyType, knownAs, type KnownHostsLine, knownTypes, type Verdict } from './known-hosts.ts'
import { recordKey } from './known-hosts-file.ts'
import { connectStep, type Hop, keyPlace, place } from './target.ts'

/** What host keys are judged by. `files`: known_hosts, the first one takes new keys. */
export interface Trust {
  readonly files: readonly string[]
  readonly lines: readonly KnownHostsLine[]
  readonly acceptNew: boolean
  readonly emit?: Emit | undefined
}

const preferred: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
]

/** Those of the keys known for the hop first: the server shows one key only, and it should be one that can be compared. */
export function hostKeyAlgorithms(lines: readonly KnownHostsLine[], hop: Hop): ServerHostKeyAlgorithm[] {
  const { address, port } = keyPlace(hop)
  const types = knownTypes(lines, address, port)
  const known = preferred.filter((name) => types.includes(name.startsWith('rsa-sha2') ? 'ssh-rsa' : name))
  return [...known, ...preferred.filter((name) => !known.includes(name))]
}

/** Undefined for a key that may be trusted, else the Failure (exit 4) to end with before anything is sent to that host. */
export async function refusalOf(key: Buffer, hop: Hop, trust: Trust): Promise<Failure | undefined> {
  const { address, port } = keyPlace(hop)
  const verdict = judge(trust.lines, address, port, key)
  if (verdict.is !== 'unknown' || !trust.acceptNew) return failureOf(verdict, key, hop, trust)
  try {
    const recorded = await recordKey(trust.files, address, port, key)
    const text = `host key of ${place(hop)} recorded: ${shown(key)}`
    trust.emit?.({ task: `hosts/${hop.host}/connect`, host: hop.host, is: 'log', level: 'info', text })
    return failureOf(recorded, key, hop, trust)
  } catch (error) {
    return new Unreachable({
      host: hop.host,
      step: connectStep(hop),
      got: `its new key cannot be recorded: ${wordsOf(error)}`,
      hint: `make ${trust.files[0] ?? 'known_hosts'} writable, or name another file as ssh.known_hosts`,
      cause: error,
    })
  }
}

const shown = (key: Buffer) => `${keyType(key)} ${fingerprint(key)}`

function failureOf(verdict: Verdict, key: Buffer, hop: Hop, { files }: Trust): Failure | undefined {
  if (verdict.is === 'known') return undefined
  const about = { host: hop.host, step: connectStep(hop) }
  const file = files[0] ?? 'known_hosts'
  if (verdict.is === 'revoked') {
    const { file: by, line } = verdict.by
    return new Unreachable({
      ...about,
      got: `its host key ${shown(key)} is revoked (${by}:${line})`,
      hint: 'whoever has that key may pretend to be this host: give the host a new key and record that',
    })
  }
  if (verdict.is === 'changed') {
    const expected = verdict.expected.map((line) => `${shown(line.key)} (${line.file}:${line.line})`).join(' or ')
    const { address, port } = keyPlace(hop)
    const remove = `ssh-keygen -R '${knownAs(address, port)}' -f ${verdict.expected[0]?.file ?? file}`
    return new Unreachable({
      ...about,
      got: `its host key changed: expected ${expected}, got ${shown(key)}`,
      hint: `someone may be in between; if the host was set up anew and shows this fingerprint itself: ${remove}`,
    })
  }
  const scan = `ssh-keyscan -p ${hop.port} ${hop.address} >>${file}`
  return new Unreachable({
    ...about,
    got: `its host key is unknown: ${shown(key)}`,
    hint: `if that is the host's fingerprint: --accept-new-host-keys records it, or ${scan}`,
  })
}
