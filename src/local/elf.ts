import { compareVersions } from '../model/version.ts'

/** What the bytes of Linux binaries tell, taken piece by piece as they stream past. */
export interface ElfReader {
  /** the next bytes of the file under way */
  read(chunk: Buffer): void
  /** the file is over; `main` where its header says the machine for all of them */
  end(main: boolean): void
  result(): { arch?: string; glibc?: string; libc?: 'glibc' | 'musl' }
}

// e_machine of elf(5), named as `uname -m` names it
const machines: Readonly<Record<number, string>> = {
  3: 'i686',
  21: 'ppc64le',
  22: 's390x',
  40: 'armv7l',
  62: 'x86_64',
  183: 'aarch64',
  243: 'riscv64',
  258: 'loongarch64',
}

/** The machine in an ELF header; undefined where it is none. */
export function machineOf(header: Buffer): string | undefined {
  if (header.length < 20 || header.toString('latin1', 0, 4) !== '\x7fELF') return undefined
  const number = header[5] === 2 ? header.readUInt16BE(18) : header.readUInt16LE(18)
  return machines[number] ?? `machine ${number}`
}

// longest text that is looked for, with room; a version cut at the end of a chunk is read again whole with the next one
const overlap = 32

export function elfReader(): ElfReader {
  let header = Buffer.alloc(0)
  let tail = ''
  let arch: string | undefined
  let glibc: string | undefined
  let musl = false
  return {
    read(chunk) {
      if (header.length < 64) header = Buffer.concat([header, chunk.subarray(0, 64)])
      const text = tail + chunk.toString('latin1')
      for (const [, version = ''] of text.matchAll(/GLIBC_(2\.\d{1,3}(?:\.\d{1,3})?)/g))
        if (glibc === undefined || compareVersions(version, glibc) > 0) glibc = version
      musl ||= /\/ld-musl-|libc\.musl-/.test(text)
      tail = text.slice(-overlap)
    },
    end(main) {
      if (main) arch = machineOf(header)
      header = Buffer.alloc(0)
      tail = ''
    },
    result: () => ({
      ...(arch === undefined ? {} : { arch }),
      ...(glibc === undefined ? {} : { glibc }),
      ...(glibc === undefined ? (musl ? { libc: 'musl' as const } : {}) : { libc: 'glibc' as const }),
    }),
  }
}
