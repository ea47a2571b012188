import { posix } from 'node:path'
import { placeIn } from '../../image/copied-places.ts'
import type { App } from '../app.ts'
import { note } from '../finding.ts'
import { fileOf, findAll, lineAt } from '../guess.ts'
import { isWithin } from '../source-tree.ts'
import { withMounts } from '../uploads.ts'

/** Names the command that creates the tables, if the code has one: the user runs it once. */
export function initFindings({ sources, stage, spec, ...app }: App) {
  const [init] = findAll(sources, [INIT])
  if (!init) return []
  // It runs where the image has it.
  const facts = app.facts && withMounts(app.facts, spec, posix.join(app.tree.root, app.dir))
  const workdir = spec.working_dir ?? stage?.workdir ?? '/'
  const place = (facts && placeIn(facts, fileOf(init))) ?? ''
  const path = isWithin(place, workdir) ? posix.relative(workdir, place) : fileOf(init)
  const file = path.replace(/^src\//, '')
  const [, group = ''] = /(\w+)(?:\.cli)?\.command\(/.exec(lineAt(sources, init)) ?? []
  // A FlaskGroup is a program of its own; those of other kinds have a name before their commands.
  const made = new RegExp(`^${group}\\s*=\\s*(?:(FlaskGroup)|(?:Blueprint|AppGroup)\\(\\s*["']([\\w-]+))`, 'm')
  const [, isProgram, named] = made.exec(sources[fileOf(init)] ?? '') ?? []
  const program = isProgram ? `python ${file}` : `flask --app ${file.replace(/[/.].*$/, '')}${named ? ` ${named}` : ''}`
  const run = `run it once, after the first deploy: echo '${program} ${init.value}' | make shell`
  return [note('data', `the command ${init.value} creates the tables`, run, { where: init.where })]
}
// As in Flask's tutorial.
const INIT = /(?:cli\.command|click\.command)\(\s*["'](init[-_]?db|create[-_]?db|db[-_]?init)["']/
