import { describe, expect, it } from 'vitest'
import type { Serving } from '../../../src/ensemble/facts.ts'
import { answerAt, isElsewhere, placesOf } from '../../../src/ensemble/place.ts'
import { absent, type Fact, present, unknown } from '../../../src/model/fact.ts'
import { Failure } from '../../../src/model/failure.ts'
import { type EnsembleConfig, parseConfigNode } from '../../../src/zookeeper/config.ts'
import { ensemble } from '../build.ts'

const to = (port: number, address = '10.0.0.1') => ({ address, port })
const sought = { host: 'zk1', id: 1, at: to(2380) }
const line = (port: number) => `server.1=10.0.0.1:2889:3889:participant;10.0.0.1:${port}`
const config = (port: number): Fact<EnsembleConfig> => parseConfigNode(`${line(port)}\nversion=1\n`)
const [member] = ensemble(1).facts.members
const laid = (port?: number, alive = true) => {
  if (member?.laid.is !== 'present' || member.laid.value.server.is !== 'present') throw new Error('it runs')
  const server = present({ ...member.laid.value.server.value, alive })
  return present({
    ...member.laid.value,
    server,
    ...(port === undefined ? {} : { members: { version: '', lines: line(port) } }),
  })
}
const serving: Serving = { mode: 'follower', zxid: '0', version: null, connections: null }

describe('where a member listens for clients', () => {
  it('as its own file says, then /zookeeper/config, then the inventory, each once', () => {
    expect(placesOf(sought, laid(2180), config(2280))).toEqual([to(2180), to(2280), to(2380)])
    expect(placesOf(sought, laid(2380), config(2380))).toEqual([to(2380)])
    expect(placesOf(sought, laid(), absent)).toEqual([to(2380)])
  })

  it('nowhere else than the inventory says where no server of ours lives, or that is not known', () => {
    const why = new Failure({ step: 's', got: 'g', hint: 'h' })
    for (const fact of [laid(2180, false), absent, unknown(why), undefined])
      expect(placesOf(sought, fact, config(2280))).toEqual([to(2380)])
  })

  it('the first that serves counts; one that did not answer keeps it unknown', async () => {
    const silent = unknown(new Failure({ step: 's', got: 'no answer', hint: 'h' }))
    const of = (answers: Record<number, Fact<Serving>>) =>
      answerAt(
        { serving: (_, { port }) => Promise.resolve(answers[port] ?? absent) },
        'zk1',
        [to(2180), to(2280)],
        false,
      )
    expect(await of({ 2180: present(serving), 2280: present({ ...serving, mode: 'leader' }) })).toEqual({
      fact: present(serving),
      at: to(2180),
    })
    expect(await of({ 2280: present(serving) })).toEqual({ fact: present(serving), at: to(2280) })
    expect(await of({ 2180: silent })).toEqual({ fact: silent, at: undefined })
    expect(await of({ 2280: silent })).toEqual({ fact: silent, at: undefined })
    expect(await of({})).toEqual({ fact: absent, at: undefined })
  })

  it('is asked anew only where its own place is another than those that were asked', () => {
    const none = { fact: absent, at: undefined }
    expect(isElsewhere([to(2180), to(2380)], [to(2380)], none)).toBe(true)
    expect(isElsewhere([to(2180), to(2380)], [to(2380)], { fact: present(serving), at: to(2380) })).toBe(true)
    expect(isElsewhere([to(2380)], [to(2380)], none)).toBe(false)
    expect(isElsewhere([to(2180), to(2380)], [to(2180), to(2380)], none)).toBe(false)
    expect(isElsewhere([to(2180)], [to(2180)], { fact: present(serving), at: to(2180) })).toBe(false)
  })
})
