import fc from 'fast-check'
import { expect, test } from 'vitest'
import { elfReader, machineOf } from '../../../src/local/elf.ts'

function header(machine: number, bigEndian = false): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.write('\x7fELF', 'latin1')
  bytes[5] = bigEndian ? 2 : 1
  if (bigEndian) bytes.writeUInt16BE(machine, 18)
  else bytes.writeUInt16LE(machine, 18)
  return bytes
}

test('machines are named as uname -m names them', () => {
  expect([62, 183, 9999].map((number) => machineOf(header(number)))).toEqual(['x86_64', 'aarch64', 'machine 9999'])
  expect(machineOf(header(22, true))).toBe('s390x')
  expect(machineOf(Buffer.from('#!/bin/sh\nexec java "$@"\n'))).toBeUndefined()
})

test('the highest GLIBC of all files is found, however the bytes are cut', () => {
  const bytes = Buffer.concat([header(62), Buffer.from('…GLIBC_2.2.5\0GLIBC_2.17\0GLIBC_2.4\0GLIBC_PRIVATE\0')])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (cuts) => {
      const reader = elfReader()
      let at = 0
      for (let i = 0; at < bytes.length; i++) {
        const step = cuts[i % cuts.length] ?? 1
        reader.read(bytes.subarray(at, at + step))
        at += step
      }
      reader.end(true)
      expect(reader.result()).toEqual({ arch: 'x86_64', glibc: '2.17', libc: 'glibc' })
    }),
  )
})

test('musl is told', () => {
  const reader = elfReader()
  reader.read(Buffer.concat([header(183), Buffer.from('/lib/ld-musl-aarch64.so.1\0')]))
  reader.end(true)
  expect(reader.result()).toEqual({ arch: 'aarch64', libc: 'musl' })
})
