import type { Variables } from '../config/settings.ts'
import type { Sources } from './guess.ts'

/** Where code reads a variable: its name, and what follows. */
export const READS =
  /(?:process\.env\.|process\.env\[["']|(?:environ\.get|environ|getenv|getEnv|Getenv|env\.get)[([]\s*["'])(\w+)(.*)/
// A default that has a name of its own.
const DEFAULT = /^["')\]]*\s*(?:\|\||\?\?|\bor\b|,)\s*([A-Za-z_]\w*)\s*\)*[;,]?$/

// A default of Go, below a variable that has a value.
const GO_DEFAULT = /^(\s*(\w+)\s*:?=\s*[\w.]*"[^"\n]+"\)*\n\s*if \2 == "" \{\n).*/gm

/** The sources with the values of variables that are set, instead of where they are read: nobody uses their defaults. */
export function withValues(sources: Sources, values: Variables): Sources {
  const fill = (text: string) => {
    const unused: string[] = []
    const filled = text.replace(new RegExp(READS, 'g'), (read, name: string, rest: string) => {
      const value = values[name]
      if (value === undefined) return read
      unused.push(...(DEFAULT.exec(rest)?.slice(1) ?? []))
      return JSON.stringify(value) + rest.replaceAll(/[^)]/g, '')
    })
    const given = filled.replaceAll(GO_DEFAULT, '$1')
    return unused.reduce((all, name) => all.replace(new RegExp(`^.*\\b${name}\\s*=(?!=).*`, 'm'), ''), given)
  }
  return Object.fromEntries(
    Object.entries(sources).map(([file, text]) => [
      file,
      /(^|\/)appsettings[^/]*\.json$/.test(file)
        ? withNested(text, values)
        : OF_SPRING.test(file)
          ? withSpring(text, values)
          : fill(text),
    ]),
  )
}
// Spring fills in settings of its own, and variables of the environment, which may be called as a setting is, in capitals.
const OF_SPRING = /\.(java|kt)$|(^|\/)application[^/]*\.(properties|ya?ml)$/
const withSpring = (text: string, values: Variables) =>
  text.replaceAll(/\$\{([\w.-]+)(?::(?:[^{}"\n]|\{[^{}\n]*\})*)?\}/g, (all, name: string) => {
    const capitals = [name.replaceAll('-', ''), name].map((one) => one.toUpperCase().replaceAll(/\W/g, '_'))
    return [name, ...capitals].map((one) => values[one]).find((one) => one !== undefined) ?? all
  })
// For .NET, A__B is B of A in appsettings.json.
const withNested = (text: string, values: Variables) =>
  Object.entries(values).reduce((all, [name, value]) => {
    const [, section, key] = /(\w+?)__(\w+)$/.exec(name) ?? []
    const given = new RegExp(`("${section}"\\s*:\\s*\\{[^{}]*?"${key}"\\s*:\\s*)"[^"\\n]*"`, 'i')
    return section ? all.replace(given, (_, before: string) => before + JSON.stringify(value)) : all
  }, text)
