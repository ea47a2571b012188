import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../core/failure.ts'
import { PROXY } from '../core/release.ts'
import { composeRelease } from '../io/compose.ts'
import { listContainers } from '../io/engine.ts'
import { exec, tryExec } from '../io/exec.ts'
import { lockedImage, proxyTag } from '../io/images.ts'
import { CONFIG_FILE, wantedConfig } from '../io/proxy.ts'
import type { Context } from './apply.ts'

/** Starts the proxy, or gives the running one its configuration without dropping a connection. */
export async function ensureProxy({ config, release }: Context): Promise<void> {
  const text = wantedConfig(config)
  const checked = await tryExec(
    [
      'docker',
      'run',
      '--rm',
      '--interactive',
      '--network',
      'none',
      proxyTag(lockedImage('haproxy')),
      'haproxy',
      '-c',
      '-f',
      '/dev/stdin',
    ],
    { input: text },
  )
  if (checked.exitCode !== 0)
    throw new Failure('the configuration of the proxy is not valid', {
      detail: checked.stderr,
      next: 'correct compose/proxy/haproxy.cfg',
    })

  const find = async () => (await listContainers(config.PROJECT)).find(({ service }) => service === PROXY)
  const before = await find()
  if (!before) await composeRelease(release, ['create', '--no-recreate', PROXY])
  await copyConfig((await find())?.name ?? '', text)
  await composeRelease(release, ['up', '--detach', '--wait', '--no-deps', PROXY])
  const after = await find()
  if (before?.status === 'running' && before.id === after?.id)
    await exec(['docker', 'kill', '--signal', 'USR2', before.name])
}

async function copyConfig(container: string, text: string): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'proxy-'))
  try {
    writeFileSync(join(scratch, 'haproxy.cfg'), text, { mode: 0o644 })
    await exec(['docker', 'cp', join(scratch, 'haproxy.cfg'), `${container}:${CONFIG_FILE}`])
  } finally {
    rmSync(scratch, { recursive: true })
  }
}
