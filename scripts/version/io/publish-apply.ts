import { rmSync, writeFileSync } from 'node:fs'
import { Failure } from '../../cli/failure.ts'
import { attach } from '../../cli/io/attach.ts'
import { exec, lineOf, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { ofToolkit } from '../../cli/io/places.ts'
import type { Config } from '../../config/io/read.ts'
import { type Observed, pushArgv } from '../publish-plan.ts'
import { CHANGELOG, readChanged } from './publish-observe.ts'

/** Throws a Failure where git knows no name and address to commit with. */
export async function requireIdentity({ author }: Config): Promise<void> {
  for (const who of ['GIT_AUTHOR_IDENT', 'GIT_COMMITTER_IDENT']) {
    const argv = ['git', '-c', 'user.useConfigOnly=true', 'var', who] as const
    if ((await tryExec(argv, { quiet: true, env: author })).exitCode !== 0)
      throw new Failure('git has no name and email address to commit with', {
        next: 'git config user.name "Your Name" && git config user.email you@example.com',
      })
  }
}

/**
 * Builds and tests the image of HEAD, as the pipeline does. Throws a Failure where that fails, or HEAD moves meanwhile.
 */
export async function requirePassing(observed: Observed): Promise<void> {
  log.step('make build test', 'only what passes its tests is published')
  for (const target of ['_build', '_test'])
    if ((await attach(['make', '-f', ofToolkit('dartagnan.mk'), target], { JSON: '', REF: '', VERSION: '' }, 2)) !== 0)
      throw new Failure(`HEAD does not pass make ${target.slice(1)}: nothing was changed`, { next: 'make build test' })
  const commit = (await exec(['git', 'rev-parse', 'HEAD'], { quiet: true })).stdout.trim()
  if (commit !== observed.commit || (await readChanged()).length > 0)
    throw new Failure('the checkout has changed while it was tested: nothing was written', { next: 'git status' })
}

/** Commits the changelog and nothing else. Where git refuses, restores the file. */
export async function commitChangelog(config: Config, version: string, before: string | undefined, after: string) {
  log.step(`commit ${CHANGELOG}`, `the section ${version}`)
  try {
    writeFileSync(CHANGELOG, after)
    await exec(['git', 'add', '--', CHANGELOG], { quiet: true })
    await exec(['git', 'commit', '--quiet', '--message', `Release ${version}`, '--', CHANGELOG], { env: config.author })
  } catch (error) {
    if (before === undefined) rmSync(CHANGELOG, { force: true })
    else writeFileSync(CHANGELOG, before)
    await tryExec(['git', 'reset', '--quiet', '--', CHANGELOG], { quiet: true })
    throw error
  }
}

/** Tags HEAD with a version; the changelog's section is the tag's message. */
export async function tagVersion(config: Config, version: string, section: string): Promise<void> {
  // Otherwise git drops the headings as comments.
  const argv = ['git', 'tag', '--annotate', '--cleanup=verbatim', '--file=-', `v${version}`] as const
  await exec(argv, { input: `Release ${version}\n\n${section}\n`, env: config.author })
}

/** Pushes the branch and the tag to origin, both or neither. Throws a Failure that says how to repeat it. */
export async function pushVersion(branch: string, version: string): Promise<void> {
  const argv = pushArgv(branch, version)
  log.step('push to origin', 'the branch and the tag, both or neither')
  const { exitCode, stderr } = await tryExec(argv, { follow: true, env: { GIT_TERMINAL_PROMPT: '0' } })
  if (exitCode === 0) return
  // A folder of this host, which the toolkit does not see, or a host that does not answer.
  const isLost = stderr.includes('Could not read from remote repository')
  throw new Failure(
    `origin ${isLost ? 'was not reached for' : 'refused'} ${version}, which is committed and tagged here`,
    {
      document: { outcome: 'not pushed', version },
      next: isLost
        ? `${lineOf(argv)}   (with this host's own git)`
        : `make release BUMP=auto   (pushes it again; or, with this host's own git: ${lineOf(argv)})`,
    },
  )
}
