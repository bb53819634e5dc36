// Servers that ask: played by ssh2's own server, since a real sshd asks only through PAM.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AuthContext, Server as AskingServer } from 'ssh2'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Secret } from '../../src/model/secret.ts'
import type { Question } from '../../src/ssh/asking.ts'
import { hasSshd, kit, noTerminal, title } from './ssh-kit.ts'

const { scratch, known, login, refusal, identity } = kit()
const servers: AskingServer[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})
let count = 0

/** A server that decides by `judge`; answers how to log in to it. */
async function asking(judge: (login: AuthContext) => void) {
  const key = scratch.key(`asking${++count}`)
  const server = new AskingServer({ hostKeys: [readFileSync(key)] }, (client) => {
    client.on('authentication', judge).on('error', () => undefined)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const knownHosts = known(`[127.0.0.1]:${port} ${scratch.publicOf(key)}\n`)
  return { host: 'zk1', address: '127.0.0.1', port, user: 'dman', knownHosts, jump: [] }
}

describe.skipIf(!hasSshd)(title('a server that asks'), () => {
  it('is given the password where it asks for one in so many words', async () => {
    const answers: string[][] = []
    const to = await asking((login) => {
      if (login.method !== 'keyboard-interactive') {
        login.reject(['keyboard-interactive'])
        return
      }
      login.prompt([{ prompt: 'Password: ', echo: false }], (given) => {
        answers.push(given)
        if (given[0] === 'let me in') login.accept()
        else login.reject(['keyboard-interactive'])
      })
    })
    await login(to, { env: { DMAN_SSH_PASSWORD: 'let me in' } })
    expect(answers).toEqual([['let me in']])
  })

  it('case 2: is given a wrong password once, also where it takes it in two ways', async () => {
    const methods = ['password', 'keyboard-interactive'] as const
    for (const takes of [methods, methods.slice(1)]) {
      let given = 0
      const to = await asking((login) => {
        if (login.method === 'password') given++
        if (login.method !== 'keyboard-interactive') {
          login.reject([...takes])
          return
        }
        login.prompt([{ prompt: 'Password: ', echo: false }], () => {
          given++
          login.reject([...takes])
        })
      })
      const failure = await refusal(to, { env: { DMAN_SSH_PASSWORD: 'wrong' } })
      expect(failure).toMatchObject({ host: 'zk1', exit: 4 })
      expect(failure.got).toContain(`tried ${takes[0]}`)
      expect(given).toBe(1)
    }
  })

  it('gets its second factor from a person, after the key, be it open or locked', async () => {
    const locked = scratch.key('locked', 'ed25519', 'open sesame')
    for (const path of [identity(), locked]) {
      let took = false
      const to = await asking((login) => {
        if (login.method === 'publickey' && !took) {
          if (login.signature === undefined) login.accept()
          else {
            took = true
            login.reject(['keyboard-interactive'], true)
          }
        } else if (login.method === 'keyboard-interactive' && took) {
          login.prompt([{ prompt: 'Password: ' }, { prompt: 'Code: ', echo: true }], (given) => {
            if (given.join() === 'let me in,123456') login.accept()
            else login.reject()
          })
        } else login.reject([took ? 'keyboard-interactive' : 'publickey'])
      })
      const asked: Question[] = []
      const prompt = (question: Question) => {
        asked.push(question)
        return Promise.resolve(new Secret(question.kind === 'answer' ? '123456' : 'let me in'))
      }
      const env = { DMAN_SSH_PASSPHRASE: 'open sesame' }
      await login({ ...to, identity: path }, { prompt, env })
      expect(asked.map(({ kind }) => kind)).toEqual(['password', 'answer'])
      expect(asked[1]?.text).toContain('Code')
    }
  })

  it('case 2: is refused to answer where there is no terminal, and that is told', async () => {
    const prompt = vi.fn(noTerminal)
    const to = await asking((login) => login.reject(['password']))
    const failure = await refusal(to, { prompt })
    expect(failure.got).toMatch(/tried nothing; the server takes password; .*there is no terminal/)
    expect(prompt).toHaveBeenCalledTimes(1)
  })

  it('may take its time while somebody is asked', async () => {
    const to = await asking((login) => {
      if (login.method === 'password' && login.password === 'let me in') login.accept()
      else login.reject(['password'])
    })
    const prompt = async () => {
      await new Promise((resolve) => setTimeout(resolve, 600))
      return new Secret('let me in')
    }
    await login(to, { prompt, deadline: AbortSignal.timeout(300) })
  })
})
