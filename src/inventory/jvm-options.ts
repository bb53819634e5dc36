import { whyRefused } from './zoo-keys.ts'

const heap = 'the heap is set by `zookeeper.heap`'
const cache = 'class-data sharing is set up by dman-bootstrap itself'
const files = "Java's temporary and error files stay below `home`"
const memory = 'a server out of memory always ends itself'
const start = 'the class path and the main class are set by dman-bootstrap itself'

// What `start` gives or forbids itself; a pattern is tried at the beginning of the option. Case 39.
const owned: readonly (readonly [RegExp, string])[] = [
  [/^-Xm[sxn]/, heap],
  [/^-XX:(Max|Initial|Min)(HeapSize|RAM)/, heap],
  [/^-XX:(ErrorFile|HeapDumpPath|LogFile|ReplayDataFile)=/, files],
  [/^-XX:[+-]DumpReplayDataOnError/, files],
  [/^-Djava\.io\.tmpdir\b/, files],
  [/^-XX:[+-]UsePerfData/, files],
  [/^-XX:On(OutOfMemory)?Error=/, memory],
  [/^-XX:[+-](Exit|Crash)OnOutOfMemoryError/, memory],
  [/^-XX:(Shared|DumpLoadedClassList|ArchiveClassesAtExit|AOT)/, cache],
  [/^-XX:[+-](AutoCreateSharedArchive|VerifySharedSpaces|UseSharedSpaces)/, cache],
  [/^-Xshare:/, cache],
  [/^-Ddman\./, 'it names the process of dman-bootstrap'],
  [/^-D(logback|log4j)2?\.configuration/, 'logging is set up by dman-bootstrap itself'],
  [/^-XX:(Flags|VMOptionsFile)=/, 'options are read from the inventory only'],
  [/^-Djava\.class\.path\b/, start],
  [/^-(cp|classpath|-class-path|jar|m|-module|p|-module-path|server|client)$/, start],
  [/^--(class-path|module|module-path)=/, start],
  [/^-(-?version|-?help|\?|h|-?show-version|-?dry-run|X|-help-extra)$/, 'Java would print something and end'],
  [/^-D(jute\.maxbuffer|readonlymode\.enabled)\b/, 'it is unsafe, or experimental, in ZooKeeper'],
]

/** Why the JVM option may not be given in `zookeeper.jvm`; undefined where it may. */
export function whyOptionRefused(option: string): string | undefined {
  if (!option.startsWith('-') || option === '-') return 'a JVM option begins with `-`'
  if (/[\u0000-\u001f\u007f]/.test(option)) return 'a JVM option is one line without control characters'
  if (/\s-/.test(option)) return 'two options in one entry: give each its own'
  const system = /^-Dzookeeper\.([^=]+)/.exec(option)?.[1]
  const property = system === undefined ? undefined : whyRefused(system)
  if (property !== undefined) return property
  const reason = owned.find(([pattern]) => pattern.test(option))?.[1]
  return reason === undefined ? undefined : `\`${option}\` is not yours to set: ${reason}`
}
