import { posix } from 'node:path'
import type { DockerfileFacts, Stage } from '../../image/dockerfile.ts'
import type { App, AppRule } from '../app.ts'
import { isWithin } from '../draft.ts'
import { type Finding, missing, ok } from '../finding.ts'
import { findData } from './data.ts'

/** The Dockerfile of the application: its own, none where a ready image runs, or the proposed one. */
export const dockerfileRule: AppRule = (app) => {
  const { dir, dockerfile, stage, recipe, ready, port, health, draft } = app
  const path = posix.join(dir, dockerfile)
  if (ready !== undefined) return undefined
  if (stage) {
    const target = draft?.project.services[draft.web ?? '']?.build?.target
    return {
      findings: [
        ok('Dockerfile', `${path}${target ? `, stage ${target}` : ''}, from ${stage.image}`, { where: path }),
        ...copyFindings(app, path),
      ],
    }
  }
  if (app.text !== undefined || (draft?.web !== undefined && draft.project.services[draft.web]?.build))
    return {
      findings: [
        missing(
          'Dockerfile',
          `${path} ${app.text === undefined ? 'does not exist' : 'has no such stage'}`,
          'correct build: in the Compose file',
        ),
      ],
    }
  if (!recipe) {
    const other = otherFinding(app, path)
    if (other) return { findings: [other] }
  }
  if (!recipe)
    return { findings: [missing('Dockerfile', 'none, and the kind of application is unknown', `write ${path}`)] }
  const text = recipe.render(health.value, port?.value ?? recipe.port, findData(app).folders)
  return {
    files: [{ path, text }],
    findings: [missing('Dockerfile', `none; the folder looks like ${recipe.kind}`, 'use the one proposed below')],
  }
}

// A Dockerfile of another name, or in another folder, unless it is that of a database; else a folder that looks like an application.
function otherFinding({ tree: { files, sources, dir } }: App, path: string): Finding | undefined {
  const isFile = (file: string) => /(^|\/)([Dd]ocker|[Cc]ontainer)file[^/]*$|\.[Dd]ockerfile$/.test(file)
  const isData = (file: string) => /^FROM\s+\S*(postgres|mysql|mariadb|mongo|redis|mssql)/im.test(sources[file] ?? '')
  const others = files.filter((file) => isFile(file) && !isData(file)).slice(0, 3)
  const inner =
    others.find((file) => file.endsWith('/Dockerfile')) ??
    (others.length > 0
      ? undefined
      : files.find((file) =>
          /\/(package\.json|requirements\.txt|pyproject\.toml|go\.mod|pom\.xml|composer\.json)$/.test(file),
        ))
  if (inner)
    return missing(
      'Dockerfile',
      `no ${path}; there is ${inner}`,
      `set APP_DIR to its folder: make adopt APP_DIR=${posix.join(dir, posix.dirname(inner))}`,
    )
  if (others.length === 0) return undefined
  const build = `services: {app: {build: {context: ., dockerfile: ${others[0]}}, ports: ["PORT:PORT"]}}`
  return missing(
    'Dockerfile',
    `no ${path}; there is ${others.join(', ')}`,
    `name it in a Compose file, then run this again: ${build}`,
  )
}

// The image is built from what git keeps, and all else is not there.
function copyFindings({ tree, dir, facts, stage }: App, where: string): Finding[] {
  if (!facts || !stage) return []
  const tracked = tree.tracked.flatMap((file) =>
    dir === '.' ? file : isWithin(file, dir) ? posix.relative(dir, file) : [],
  )
  const isThere = (source: string) => {
    const path = posix.normalize(source).replace(/^\/+|\/$/g, '')
    if (/[*?[]/.test(path))
      return tracked.some((file) => posix.matchesGlob(file, path) || posix.matchesGlob(file, `${path}/**`))
    return path === '.' || path === '' || tracked.some((file) => isWithin(file, path))
  }
  const lost = reached(facts, stage).flatMap(({ copies }) =>
    copies
      .filter(({ from }) => from === '')
      .flatMap(({ sources }) => {
        const own = sources.filter((source) => !/^[\w+]+:\/\/|^git@|^<<|\$/.test(source) && !isThere(source))
        // A pattern may match nothing beside something that is there.
        return own.length === sources.length ? own : own.filter((source) => !/[*?[]/.test(source))
      }),
  )
  return [...new Set(lost)].map((source) =>
    missing(
      'Dockerfile',
      `it copies ${source}, which git does not keep: the build has only what git keeps`,
      'let a stage of the Dockerfile make it (FROM … AS build), or commit it',
      { where },
    ),
  )
}

// A stage, and those that it copies from.
function reached(facts: DockerfileFacts, stage: Stage): Stage[] {
  const before = facts.stages.slice(0, facts.stages.indexOf(stage))
  const others = stage.copies.flatMap(({ from }) => before.findLast(({ name }) => name !== '' && name === from) ?? [])
  return [stage, ...[...new Set(others)].flatMap((one) => reached({ ...facts, stages: before }, one))]
}
