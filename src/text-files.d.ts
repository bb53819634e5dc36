// Scripts and templates are imported as text, so that they travel inside the program.
// scripts/text-files.mjs is what makes esbuild and vitest do it.
declare module '*.sh' {
  const text: string
  export default text
}
declare module '*.ejs' {
  const text: string
  export default text
}
declare module '*?text' {
  const text: string
  export default text
}
