// What rules read of the lines of code, in whatever language it is.

/** How deep a line lies. */
export const depthOf = (line = ''): number => line.length - line.trimStart().length

/**
 * The lines of a file; empty where one only speaks to readers, or is longer than any that a person writes. Python's long texts may begin
 * at the margin, where a function would end.
 */
export const codeLines = (text: string): string[] =>
  text
    .replace(/("""|''')[\s\S]*?\1/g, (long) => long.replaceAll('\n', `\n${' '.repeat(40)}`))
    .split('\n')
    .map((line) => (line.length > 500 || COMMENT.test(line) ? '' : line))
const COMMENT = /^\s*(\/\/|\*|#(?!\[))/

/** The name of the function that begins in a line; undefined where none does. */
export const definedIn = (line: string): string | undefined => DEFINED.exec(line)?.slice(1).find(Boolean)
const DEFINED =
  /^\s*\(?(?:export\s+(?:default\s+)?|module\.exports\s*=\s*)?(?:(?:pub\s+)?(?:async\s+)?(?:def|function\*?|func|fn|fun)\s+(?:\([^)]*\)\s*)?(\w+)|(?:(?:const|let|var)\s+|(?:module\.)?exports\.)(\w+)\s*=\s*(?:async\s*)?(?:function|\((?:[^()]|\([^()]*\))*\)(?:\s*:[^=]*)?\s*=>|\w+\s*=>)|(?:(?:public|private|protected|internal|static|async|final|override)\s+)+[\w<>[\], ?]*?\b(\w+)\s*\()/
