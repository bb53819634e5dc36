import { kinds } from './local-host.ts'
import { supervises } from './supervise-story.ts'

supervises(kinds.filter(({ shell }) => shell === 'busybox'))
