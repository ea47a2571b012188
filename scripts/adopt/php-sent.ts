import { posix } from 'node:path'
import { fileOf, findAll, type Guess, type Sources, up } from './guess.ts'

/** Where PHP puts a file that was sent. A path without a folder to begin with counts from the page that was asked for. */
export function movedFolders(sources: Sources): Guess<string>[] {
  const found = findAll(sources, [MOVED, PUT, GIVEN])
  const startsOf = found.length > 0 ? startsIn(sources) : () => []
  return found.flatMap((one) => {
    const { path, ups } = pathIn(sources, one)
    const file = fileOf(one)
    const bases = ups > 0 ? [up(file, ups)] : path.startsWith('/') ? ['/'] : startsOf(file)
    const folders = bases.map((base) => posix.join(base, path.replace(/[^/]*$/, '')).replace(/(.)\/$/, '$1'))
    return [...new Set(folders)].flatMap((value) =>
      !path.includes('/') || value === '.' || value.startsWith('..') ? [] : [{ value, where: one.where }],
    )
  })
}
const MOVED = /\b(?:move_uploaded_file\([^,]+|copy\([^,]*(?:_FILES|[tT]mp|TMP)[^,]*),\s*(.+)\)/
const PUT = /\bfile_put_contents\(\s*(.+?),.*(?:_FILES|tmp_name|base64_decode)/

// A function of the author's own gets the folder, and the file that was sent.
const GIVEN = /\b(?!in_array|isset)\w+\(\s*(\$\w+)\s*,\s*\$_FILES\[[^\]]+\]\s*[,)]/

// What PHP says of a path up to what only a request tells, and from how many folders above its file; 0: it does not say it.
function pathIn(sources: Sources, { value, where }: Guess<string>) {
  const lines = (sources[fileOf({ where })] ?? '').split('\n').map((line) => line.replace(/^\s*(\/\/|#|\*).*/, ''))
  // What a variable got last before that line; a property may get it further down.
  const before = lines.slice(0, Number(where.split(':').at(-1)))
  const define = (all: string, name: string, at: number, text: string) => {
    const given = new RegExp(`\\$(?:this->)?${name}\\s*=(?!=)\\s*(.+?);`)
    const line = before.findLast((one) => given.test(one)) ?? lines.find((one) => given.test(one)) ?? ''
    const [, to] = given.exec(line) ?? []
    const isQuoted = text.slice(0, at).split('"').length % 2 === 0
    return to === undefined ? all : isQuoted ? `".${to}."` : to
  }
  const said = value.replaceAll(VARIABLE, define).replaceAll(VARIABLE, define)
  const [known = ''] = said.split(/\$|\b(?!dirname)\w+\(/)
  const path = Array.from(known.matchAll(/(["'])([\w./-]*)\1?/g), ([, , word]) => word).join('')
  return { path, ups: known.split(/dirname\(|__DIR__/).length - 1 }
}
const VARIABLE = /\$(?:this->)?(\w+)/g

// Gives the folders in which a file of PHP runs: those of the pages that include it, by its name or that of its folder, and that
// nothing includes.
function startsIn(sources: Sources): (file: string) => string[] {
  const links = findAll(sources, [/\b(?:include|require)(?:_once)?\b\s*\(?\s*(.+?)\)?\s*;/]).map((one) => {
    const { path, ups } = pathIn(sources, one)
    const isBare = /^["']\w/.test(one.value)
    return { by: fileOf(one), path, isBare, exact: posix.join(up(fileOf(one), Math.max(ups, 1)), path) }
  })
  const isLink = ({ path, exact }: (typeof links)[number], file: string) => {
    const name = path.endsWith('/') ? `${posix.dirname(file)}/` : file
    // PHP looks beside the page first, which nobody knows here.
    return exact in sources ? name === exact : /\w/.test(path) && `/${name}`.endsWith(path.replace(/^[./]*/, '/'))
  }
  // What includes a file by a path from elsewhere, such as a view, is itself included by something that runs there.
  const startOf = (page: string) => {
    const far = links.filter((link) => link.by === page && link.isBare && !(link.exact in sources))
    const [start] = far.flatMap(({ path }) =>
      Object.keys(sources).flatMap((one) => (`/${one}`.endsWith(`/${path}`) ? one.slice(0, -path.length) : [])),
    )
    return start === undefined ? up(page, 1) : start || '.'
  }
  return (file) => {
    const [all, pages] = [new Set([file]), [] as string[]]
    for (const one of all) {
      const by = links.flatMap((link) => (link.by !== one && isLink(link, one) ? link.by : []))
      if (by.length === 0) pages.push(one)
      for (const other of by) all.add(other)
    }
    return (pages.length > 0 ? pages : [file]).map(startOf)
  }
}
