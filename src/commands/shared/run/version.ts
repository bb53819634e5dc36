/** Of this program; the build puts it in. */
export const version = process.env['DMAN_BOOTSTRAP_VERSION'] ?? 'development'
