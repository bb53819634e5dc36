import type { Duplex } from 'node:stream'
import { type Algorithms, Client } from 'ssh2'
import { onAbort } from '../model/abort.ts'
import { type Failure, Unreachable, wordsOf } from '../model/failure.ts'
import { type Attempt, authenticator } from './authenticate.ts'
import { abortTrouble, Dropped, socketTrouble, unreached } from './failures.ts'
import { hostKeyAlgorithms, refusalOf, type Trust } from './host-key.ts'
import type { Sources } from './identities.ts'
import { connectStep, type Hop, loginStep, place } from './target.ts'

/** Fast ones first; all of it is known to OpenSSH 7.4 or later servers, and something of each list to 7.4. */
const algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha1',
  ],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
    'chacha20-poly1305@openssh.com',
  ],
  hmac: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha1-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
    'hmac-sha1',
  ],
  compress: ['none'],
} satisfies Algorithms

/** Milliseconds between questions to the other side; who answers none of three is taken for dead (silence.ts). */
export const keepaliveInterval = 5000

/**
 * Verifies the host's key, then logs in, over a stream that is connected already. Rejects with a Failure (exit 4): a Dropped one
 * where nothing was tried yet. On any failure the stream is destroyed.
 */
export function handshake(stream: Duplex, hop: Hop, trust: Trust, sources: Sources): Promise<Client> {
  const attempt: Attempt = { tried: [], unusable: [], offered: [], begun: false }
  const { signal } = sources.patience
  const client = new Client()
  return new Promise((resolve, reject) => {
    let distrusted: Failure | undefined
    const settle = (failure?: Failure) => {
      forget()
      if (failure === undefined) {
        resolve(client)
        return
      }
      reject(failure)
      client.destroy()
      stream.destroy()
    }
    let forget: () => void = () => undefined
    forget = onAbort(signal, () => settle(aborted(signal, hop, attempt)))
    if (signal.aborted) return
    // OpenSSH 7.4 turns away without a word; ssh2 would wait for an end that has come already
    if (stream.destroyed || stream.readableEnded) {
      settle(ended(undefined, hop, attempt))
      return
    }
    client.on('ready', () => settle())
    client.on('close', () => settle(distrusted ?? ended(undefined, hop, attempt)))
    client.on('error', (error: Error & { level?: string; code?: unknown }) => {
      if (error.level !== 'agent') settle(distrusted ?? ended(error, hop, attempt))
    })
    client.on('change password', () => settle(refused(hop, attempt, 'the password has expired')))
    client.connect({
      sock: stream,
      username: hop.user,
      ident: 'dman-bootstrap',
      readyTimeout: 0,
      keepaliveInterval,
      // ssh2 counts answers to its own questions only: on a slow line these wait behind an upload that is well alive
      keepaliveCountMax: Number.MAX_SAFE_INTEGER,
      algorithms: { ...algorithms, serverHostKey: hostKeyAlgorithms(trust.lines, hop) },
      hostVerifier: verifier(hop, trust, (failure) => (distrusted = failure)),
      authHandler: authenticator(hop, sources, attempt),
    })
  })
}

/** ssh2 asks at every key exchange, also those amid a connection: the key has to stay the one that was trusted. */
function verifier(hop: Hop, trust: Trust, distrust: (failure: Failure) => void) {
  let trusted: Buffer | undefined
  return (key: Buffer, answer: (trusted: boolean) => void) => {
    if (trusted?.equals(key) === true) {
      answer(true)
      return
    }
    refusalOf(key, hop, trust).then(
      (failure) => {
        if (failure === undefined) trusted = Buffer.from(key)
        else distrust(failure)
        answer(failure === undefined)
      },
      () => answer(false),
    )
  }
}

function ended(error: (Error & { level?: string; code?: unknown }) | undefined, hop: Hop, attempt: Attempt): Failure {
  const about = { host: hop.host, step: connectStep(hop), cause: error }
  if (attempt.begun) {
    const allFailed = error?.level === 'client-authentication'
    return refused(hop, attempt, allFailed ? undefined : (error?.message ?? 'the server ended the connection'))
  }
  if (error?.level === 'handshake' || typeof error?.code === 'number') {
    const hint = 'does its sshd offer what OpenSSH 7.4 or later knows?'
    return new Unreachable({ ...about, got: `no SSH connection came about: ${error.message}`, hint })
  }
  if (error === undefined || error.level === 'protocol') {
    const hint = 'is that an SSH server, and does it limit logins (MaxStartups, a firewall)?'
    return new Dropped({ ...about, got: 'the connection was closed before a login', hint })
  }
  return new Dropped({ ...about, ...socketTrouble(error) })
}

/** A login that was refused or broke off: what was tried, what the server takes. */
function refused(hop: Hop, attempt: Attempt, text?: string): Failure {
  const tried = attempt.tried.length > 0 ? attempt.tried.join(', ') : 'nothing'
  const takes = attempt.offered.length > 0 ? `; the server takes ${attempt.offered.join(', ')}` : ''
  const but = attempt.unusable.length > 0 ? `; not usable: ${attempt.unusable.join(', ')}` : ''
  return new Unreachable({
    host: hop.host,
    step: loginStep(hop),
    got: `login refused${text === undefined ? '' : ` (${text})`}: tried ${tried}${takes}${but}`,
    hint: `check the user, and that its ~/.ssh/authorized_keys there holds the key: ssh-copy-id -p ${hop.port} ${hop.user}@${hop.address}`,
  })
}

function aborted(signal: AbortSignal, hop: Hop, attempt: Attempt): Failure {
  const waited = attempt.begun ? 'the login did not end' : `${place(hop)} accepts connections, but shows no SSH`
  const trouble = abortTrouble(signal, waited)
  const step = attempt.begun ? loginStep(hop) : connectStep(hop)
  return unreached({ host: hop.host, step, ...trouble, cause: wordsOf(signal.reason) })
}
