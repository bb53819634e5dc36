import { describe, expect, it } from 'vitest'
import { compose } from '../../../src/remote/compose.ts'

const setting = { script: 'try', nonce: 'abc', home: 'dman', kind: 'reads', token: '' } as const

describe('compose', () => {
  it('makes one group of commands, values quoted, the frame begun before the script', () => {
    const text = compose('# words\nsay x "$value"\n', { value: "'; rm -rf ~; '" }, setting)
    expect(text.split('\n')[1]).toBe('{')
    expect(
      text.endsWith(
        "\ndman_mark='@abc'\ndman_home='dman'\ndman_kind='reads'\ndman_token=''\nvalue=''\\''; rm -rf ~; '\\'''\nbegin\nsay x \"$value\"\n\nexit\n}\n",
      ),
    ).toBe(true)
    expect(text).not.toMatch(/^\s*#/m)
  })

  it('never reads on where stdin stays open', () => {
    const first = (kind: 'reads' | 'streams') => compose('', {}, { ...setting, kind }).split('\n')[0]
    expect(first('reads')).toContain('cat')
    expect(first('streams')).toBe('{')
  })
})
