/** A zxid, kept as 16 hex digits, as a person reads it: `0x100000010`. */
export const shortZxid = (zxid: string): string => `0x${zxid.replace(/^0+(?=.)/, '')}`
