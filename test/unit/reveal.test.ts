import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** All files that may reveal a secret, and what for. */
const allowed: Readonly<Record<string, string>> = {
  'commands/bundle.ts': 'to strike it out of what a bundle holds',
  'commands/secrets/regain.ts': 'to find key and certificate in a member’s file',
  'commands/shared/plan/replay.ts': 'JVM options of a replay, which go to a host as its file `jvm` does',
  'hosts/desired.ts': 'the super user’s digest in zoo.cfg, which is a Secret again',
  'hosts/desired/tls.ts': 'a member’s key in member.pem, which is a Secret again',
  'local/certificate.ts': 'the CA’s key, to sign',
  'local/seal.ts': 'the passphrase, to make a key of it',
  'local/secrets.ts': 'to save secrets.json',
  'local/tls-secrets.ts': 'keys as secrets.json has them',
  'remote/lay.ts': 'files on their way to a host, on standard input',
  'ssh/authenticate.ts': 'a login’s password and answers',
  'ssh/identities.ts': 'the passphrase of a key file',
  'ui/client.ts': 'what `client --identity` was asked to show',
  'zookeeper/digest.ts': 'what names a password without telling it, and what a client says',
  'zookeeper/packets.ts': 'a session’s credentials',
}

test('a secret is revealed in these files alone', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const reveal = sources.filter((file) => /\breveal\b(?!\(\): string)/.test(readFileSync(`src/${file}`, 'utf8')))
  expect(reveal.filter((file) => file !== 'model/secret.ts').sort()).toEqual(Object.keys(allowed).sort())
})
