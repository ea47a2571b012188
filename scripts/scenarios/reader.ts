import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeProject } from '../test/io/sweep.ts'
import { follow, type World } from '../testing/guide-world.ts'
import { ELSEWHERE, PROVEN, readProven, sumOf } from '../testing/guides.ts'
import { TestProject } from '../testing/test-project.ts'
import { shortenTests } from './short-tests.ts'

export type Names = World['names']
type Given = Record<string, string>

/**
 * Somebody who types what a guide says, in a checkout of the sample at version 1.4.1. The settings are in .env, as a
 * user has them.
 */
export class Reader implements AsyncDisposable {
  readonly project: TestProject

  private constructor(project: TestProject) {
    this.project = project
  }

  static async create(): Promise<Reader> {
    const reader = new Reader(await TestProject.create({ own: true }))
    shortenTests(reader.project)
    await reader.project.commit('1.4.1')
    reader.settle()
    return reader
  }

  at(...path: string[]): string {
    return join(this.project.folder, ...path)
  }

  /** Writes the settings. */
  settle(more: Given = {}): void {
    const { name, port } = this.project
    const own = { PROJECT: name, PORT: String(port), BAKE_TIME: '1', HOLD_TIMEOUT: '25', ...more }
    const lines = Object.entries(own).map(([key, value]) => `${key}=${value}\n`)
    writeFileSync(this.at('.env'), lines.join(''), { mode: 0o600 })
  }

  /** What each command finds in its environment. */
  env(): Given {
    const who = ['AUTHOR', 'COMMITTER'].flatMap((one) => [
      [`GIT_${one}_NAME`, 'e2e'],
      [`GIT_${one}_EMAIL`, 'e2e@localhost'],
    ])
    // git follows a path to a submodule only where it is told to; an address needs none of this.
    const allow = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'protocol.file.allow', GIT_CONFIG_VALUE_0: 'always' }
    const { DARTAGNAN_CHECK = '' } = this.project.environment()
    return { ...Object.fromEntries(who), ...allow, DARTAGNAN_CHECK }
  }

  /** Follows a guide to its end, and writes down that its commands work as they stand there. */
  async reads(file: string, names: Names = [], env: Given = {}): Promise<void> {
    const { name, port, folder } = this.project
    const own: Names = [
      [/(?<!team\/)journal(?=[-:_ ]|$)/gm, name],
      ['8080', String(port)],
    ]
    const world = { folder, names: [...names, ...own], env: { ...this.env(), ...env } }
    await follow(file, world, Object.keys(ELSEWHERE[file] ?? {}))
    const proven = { ...readProven(), [file]: sumOf(file) }
    writeFileSync(PROVEN, `${JSON.stringify(proven, Object.keys(proven).sort(), 2)}\n`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.project[Symbol.asyncDispose]()
  }
}

/** Removes projects at the end of a test, with all that they have. */
export const removing = (...names: string[]): AsyncDisposable => ({
  [Symbol.asyncDispose]: async () => {
    for (const name of names) await removeProject(name)
  },
})
