import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unframed } from '../../../src/remote/open.ts'

const mark = '@abc'

describe('unframed', () => {
  it('lets every byte through, however the stream is cut', async () => {
    const body = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
    await fc.assert(
      fc.asyncProperty(body, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), async (bytes, sizes) => {
        const { stream, status, begun } = unframed('abc')
        const whole = Buffer.concat([
          Buffer.from(`hello\n${mark} begin\n`),
          bytes,
          Buffer.from(`\n${mark} end 0\nlogout\n`),
        ])
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => void chunks.push(chunk))
        const ended = new Promise((resolve) => stream.once('end', resolve))
        for (let at = 0, turn = 0; at < whole.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1
          stream.write(whole.subarray(at, at + size))
          at += size
        }
        await begun
        await ended
        expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
        expect(status()).toBe(0)
      }),
    )
  })
})
