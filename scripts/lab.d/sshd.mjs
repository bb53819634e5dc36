// @ts-check
import { createConnection } from 'node:net'

/** What OpenSSH 7.4 offers and takes, as its own myproposal.h has it for a server. */
const openssh74 = `
KexAlgorithms curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,\
diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,\
diffie-hellman-group14-sha256,diffie-hellman-group14-sha1
Ciphers chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com
MACs umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,\
hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1
HostKeyAlgorithms ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,ssh-ed25519,rsa-sha2-512,rsa-sha2-256,ssh-rsa
PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,ssh-ed25519,rsa-sha2-512,rsa-sha2-256,ssh-rsa
MaxSessions 10
MaxStartups 10:30:100
AllowTcpForwarding yes
UsePAM no
UseDNS no
X11Forwarding no
PrintMotd no
`

/** @param {Record<string, string>} options first come those of one kind of lab, which win; all paths absolute */
export const sshdConfig = (options) =>
  Object.entries(options)
    .map(([key, value]) => `${key.replace(/\d$/, '')} ${value}\n`)
    .join('') + openssh74

/** Whether an sshd greets there. @param {string} address @param {number} port @returns {Promise<boolean>} */
export const greets = (address, port) =>
  new Promise((resolve) => {
    const socket = createConnection({ host: address, port, timeout: 1000 })
    const end = (/** @type {boolean} */ answer) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('data', (data) => end(data.toString('latin1').startsWith('SSH-2.0-')))
    socket.on('error', () => end(false))
    socket.on('timeout', () => end(false))
    socket.on('close', () => resolve(false))
  })
