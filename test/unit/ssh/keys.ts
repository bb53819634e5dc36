import fc from 'fast-check'

/** A public key blob as far as known_hosts looks into it: its type, then whatever. */
export function blob(type: string, rest: Uint8Array | string = 'key'): Buffer {
  const name = Buffer.from(type)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(name.length)
  return Buffer.concat([length, name, Buffer.from(rest as string)])
}

export const keyTypes = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa'] as const

export const anyKey = fc
  .tuple(fc.constantFrom(...keyTypes), fc.uint8Array({ minLength: 16, maxLength: 48 }))
  .map(([type, bytes]) => blob(type, bytes))

export const anyAddress = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6())
export const anyPort = fc.oneof(fc.constant(22), fc.integer({ min: 1, max: 65535 }))
