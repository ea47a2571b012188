// What rules read of the lines of code, in whatever language it is.

/** A line that only speaks to readers. */
export const COMMENT = /^\s*(\/\/|\*|#(?!\[))/
/** The text without such lines, which stay empty. */
export const codeOnly = (text: string): string =>
  text
    .split('\n')
    .map((line) => (COMMENT.test(line) ? '' : line))
    .join('\n')
/** How deep a line lies. */
export const depthOf = (line = ''): number => line.length - line.trimStart().length

/** The lines of a file. Python's long texts may begin at the margin, where a function would end. No person writes longer lines. */
export const codeLines = (text: string): string[] =>
  text
    .replace(/("""|''')[\s\S]*?\1/g, (long) => long.replaceAll('\n', `\n${' '.repeat(40)}`))
    .split('\n')
    .map((line) => (line.length > 500 ? '' : line))

/** The name of the function that begins in a line; undefined where none does. */
export const definedIn = (line: string): string | undefined => DEFINED.exec(line)?.slice(1).find(Boolean)
const DEFINED =
  /^\s*\(?(?:export\s+(?:default\s+)?|module\.exports\s*=\s*)?(?:(?:pub\s+)?(?:async\s+)?(?:def|function\*?|func|fn|fun)\s+(?:\([^)]*\)\s*)?(\w+)|(?:(?:const|let|var)\s+|(?:module\.)?exports\.)(\w+)\s*=\s*(?:async\s*)?(?:function|\((?:[^()]|\([^()]*\))*\)(?:\s*:[^=]*)?\s*=>|\w+\s*=>)|(?:(?:public|private|protected|internal|static|async|final|override)\s+)+[\w<>[\], ?]*?\b(\w+)\s*\()/
