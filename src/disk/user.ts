import { homedir, userInfo } from 'node:os'

/** Who runs this program. A container may run as a user that no passwd file knows: then $USER, or the number, is the name. */
export function localUser(known: () => { readonly username: string } = userInfo): {
  readonly uid: number
  readonly username: string
} {
  const uid = process.getuid?.() ?? -1
  try {
    return { uid, username: known().username }
  } catch {
    return { uid, username: process.env['USER'] ?? `uid-${uid}` }
  }
}

/** The user's home folder; `/` where neither $HOME nor a passwd file tells of one. */
export function homeFolder(known: () => string = homedir): string {
  try {
    return known()
  } catch {
    return '/'
  }
}
