import { expect, test } from 'vitest'
import { shownUrl } from '../../../src/model/shown-url.ts'

test('a URL is shown without a login or a token', () => {
  expect(shownUrl('https://ann:secret@example.net:8443/a/b.tar.gz?token=abc#x')).toBe(
    'https://example.net:8443/a/b.tar.gz',
  )
  expect(shownUrl('nonsense?token=abc')).toBe('nonsense')
})
