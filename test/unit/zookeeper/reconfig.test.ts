import { describe, expect, it } from 'vitest'
import { member } from '../../../src/zookeeper/config.ts'
import { asked, codeOf, data, opened } from './fake.ts'

const ports = { client: 2180, peer: 2889, election: 3889 }
const text = (value: string | null) => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(value === null ? -1 : value.length)
  return Buffer.concat([length, Buffer.from(value ?? '')])
}

describe('reconfig', () => {
  it('goes as ReconfigRequest of zookeeper.jute, and answers who belongs then', async () => {
    const { fake, zk } = await opened()
    const joining = [member(4, '10.0.0.4', ports), member(5, '::1', ports, 'observer')]
    const { call, xid, type, body } = await asked(fake, zk.reconfig({ joining, leaving: [], from: '0000000100000007' }))
    expect(type).toBe(16)
    const lines = 'server.4=10.0.0.4:2889:3889:participant;10.0.0.4:2180,server.5=[::1]:2889:3889:observer;[::1]:2180'
    const version = Buffer.from('0000000100000007', 'hex')
    expect(body).toEqual(Buffer.concat([text(lines), text(null), text(null), version]))
    fake.answer(xid, 0, data(Buffer.from('server.4=10.0.0.4:2889:3889:participant;10.0.0.4:2180\nversion=100000008')))
    expect(await call).toEqual({ version: '0000000100000008', members: [joining[0]] })
  })

  it('sends ids that leave, and passes on what the server says', async () => {
    const { fake, zk } = await opened()
    const { call, xid, body } = await asked(fake, zk.reconfig({ joining: [], leaving: [1, 2], from: 'ff' }))
    expect(body).toEqual(Buffer.concat([text(null), text('1,2'), text(null), Buffer.from('00000000000000ff', 'hex')]))
    fake.answer(xid, -14)
    await expect(call).rejects.toMatchObject({ code: 'RECONFIG_IN_PROGRESS' })
  })

  it('never asks for a change from any version', async () => {
    const { zk, fake } = await opened()
    for (const from of ['', '-1', '0x7'])
      expect(await codeOf(zk.reconfig({ joining: [], leaving: [1], from }))).toBe('BAD_ARGUMENTS')
    expect(fake.got).toEqual([])
  })
})
