import { codeLines, fileOf, functionAt, type Guess, keepFiles, type Sources } from './guess.ts'
import { mapValues } from './source-tree.ts'

// Where .NET puts what users send.

export const DOTNET = /\.cs$/
const SAVED = /\b(?:new FileStream|File\.(?:Create|OpenWrite|WriteAllBytes(?:Async)?))\(\s*(?!.*\bFileMode\.Open\b)(.+)/

/** The path to which a line saves a file of a request, unless the same function deletes it again. */
export function savedByDotnet(sources: Sources, { value, where }: Guess<string>): string | undefined {
  const text = sources[fileOf({ where })] ?? ''
  const said = /\bI(?:Form|Browser)File\b/.test(text) ? SAVED.exec(value)?.[1] : undefined
  const [, name] = /^(\w+)\s*[,)]/.exec(said ?? '') ?? []
  const own = functionAt(codeLines(text), Number(/\d+$/.exec(where)?.[0]) - 1)
  return name && own.some((line) => line.includes(`File.Delete(${name})`)) ? undefined : said
}

const change = (sources: Sources, to: (text: string) => string): Sources => ({
  ...sources,
  ...mapValues(
    keepFiles(sources, (file) => DOTNET.test(file)),
    to,
  ),
})

/** The sources with the folders that .NET itself names: that of the pages, and the one in which a program starts. */
export const withDotnetFolders = (sources: Sources): Sources =>
  change(sources, (text) =>
    text
      .replaceAll(/\b(?:\w+\.)*WebRootPath\b(?!\s*=(?!=))/g, '"wwwroot"')
      .replaceAll(
        /\b(?:Environment\.CurrentDirectory|(?:AppContext|AppDomain\.CurrentDomain)\.BaseDirectory|(?:\w+\.)*ContentRootPath)\b/g,
        '"."',
      )
      .replaceAll('Directory.GetCurrentDirectory()', '"."'),
  )

/** The same with paths as other languages write them, line by line. */
export const withPlainDotnet = (sources: Sources): Sources =>
  change(withDotnetFolders(sources), (text) =>
    text
      .replaceAll(/\bPath\.Combine\(/g, 'join(')
      .replaceAll(/\bthis\./g, '')
      .replaceAll(/\$"/g, 'f"')
      .replaceAll(DEFINED, '$1$2$3'),
  )
const DEFINED =
  /^(\s*)(?:(?:private|protected|public|internal|static|readonly|const|var|string)\s+)+(\w+)(\s*=(?![=>]))/gm
