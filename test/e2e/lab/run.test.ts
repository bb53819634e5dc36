import { expect, test } from 'vitest'
import { runCommand, startCommand } from './run.ts'

test('a process is killed at a moment that its output tells', async () => {
  const started = startCommand(['sh', '-c', 'echo one; echo two >&2; exec sleep 60'])
  await started.until(/two/)
  started.kill()
  const { code, signal, stdout, stderr } = await started.done
  expect({ code, signal, stdout, stderr }).toEqual({ code: null, signal: 'SIGKILL', stdout: 'one\n', stderr: 'two\n' })
})

test('waiting for output that never comes ends with the process', async () => {
  const started = startCommand(['sh', '-c', 'echo one; exit 3'])
  await expect(started.until(/two/)).rejects.toThrow('ended before it printed /two/')
  expect((await started.done).code).toBe(3)
})

test('output is read as one document or as lines, and what is neither is shown', async () => {
  expect((await runCommand(['echo', '{"a":1}'])).json()).toEqual({ a: 1 })
  expect((await runCommand(['printf', '{"a":1}\n{"b":2}\n'])).events()).toEqual([{ a: 1 }, { b: 2 }])
  const prose = await runCommand(['cat'], { input: 'no such thing' })
  expect(() => prose.json()).toThrow('no such thing')
})
