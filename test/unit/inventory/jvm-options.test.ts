import { expect, test } from 'vitest'
import { whyOptionRefused } from '../../../src/inventory/jvm-options.ts'

test.each([
  '-Xmx1g', '-Xms1g', '-XX:MaxHeapSize=1g', '-XX:MaxRAMPercentage=50', '-XX:ErrorFile=/tmp/x', '-Djava.io.tmpdir=/tmp', '-XX:+UsePerfData',
  '-XX:OnOutOfMemoryError=kill', '-XX:-ExitOnOutOfMemoryError', '-XX:SharedArchiveFile=x', '-Xshare:off', '-XX:ArchiveClassesAtExit=x',
  '-Dzookeeper.forceSync=no', '-Dzookeeper.DigestAuthenticationProvider.superDigest=x', '-Dzookeeper.db.autocreate=true', '-Ddman.nonce=x',
  '-Djute.maxbuffer=4194304', '-cp', '-jar', '-version', '-Xss1m\n-Xint', '-Xss1m -Xint', 'Xss1m', '-', '',
])('case 39: %j is refused', (option) => expect(whyOptionRefused(option)).toMatch(/\S/)) // prettier-ignore

test.each([
  '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xss1m', '-Xlog:gc*:stdout', '-Dzookeeper.snapCount=50000', '-Dfile.encoding=UTF-8',
  '-XX:MaxGCPauseMillis=50', '-Dnote=two words', '-ea', '-javaagent:agent.jar', '-XX:MaxDirectMemorySize=64m',
])('%j is taken', (option) => expect(whyOptionRefused(option)).toBeUndefined()) // prettier-ignore
