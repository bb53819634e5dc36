import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tlsFiles } from '../../src/remote/tls-files.ts'
import { kinds, type LocalHost, localHost } from './local-host.ts'

describe.each(kinds)('certificates and keys of a host ($name)', (kind) => {
  let host: LocalHost
  beforeEach(() => {
    host = localHost(kind)
  })
  afterEach(() => host.remove())
  const asked = () => host.remote.ask(tlsFiles, {})

  it('are none where nothing of ours is, and where members talk plainly', async () => {
    expect(await asked()).toEqual({})
    host.write('releases/conf-1/zoo.cfg', 'tickTime=1\n')
    host.run('cd dman && ln -s releases/conf-1 current')
    expect(await asked()).toEqual({})
  })

  it('are those of current, to the byte, the key as a secret', async () => {
    host.write('releases/conf-1/member.pem', 'key $(touch ~/harm)\ncertificate\n')
    host.write('releases/conf-1/trust.pem', 'CA\n')
    host.run('cd dman && ln -s releases/conf-1 current')
    const files = await asked()
    expect(files.member?.reveal()).toBe('key $(touch ~/harm)\ncertificate\n')
    expect(files.trust).toBe('CA\n')
    expect(JSON.stringify(files)).not.toContain('certificate')
  })
})
