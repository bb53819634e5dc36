import text from './starter.yml?text'

/**
 * A short, commented inventory to start from. It is complete but for its archives. `schema` is the path or URL of
 * inventory.schema.json, so that editors complete the file.
 */
export const starterInventory = (schema?: string): string =>
  schema === undefined ? text : `# yaml-language-server: $schema=${schema}\n${text}`
