import { existsSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { parse } from 'dotenv'
import { tryExec } from '../../cli/io/exec.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import type { Config } from '../../config/io/read.ts'
import { envFilesOf } from '../../config/settings.ts'
import { placeOf } from '../../data/io/restic-container.ts'
import { APP, parseDuration } from '../../docker/compose-model.ts'
import { openPorts } from '../../docker/container.ts'
import { readDangers } from '../../docker/io/dangers.ts'
import { engine, listContainers } from '../../docker/io/engine.ts'
import { isFree } from '../../docker/io/free-port.ts'
import { COMPOSE_PROJECT } from '../../docker/labels.ts'
import { readGate } from '../../gate/io/status.ts'
import { needsCare, renderGate } from '../../gate/status.ts'
import { secretsIn } from '../../image/dockerfile-rules.ts'
import { LOCK_FILE, readLock } from '../../image/io/images.ts'
import { listStandIns } from '../../image/io/stand-in.ts'
import { resolveCompose } from '../../release/io/render.ts'
import { type Facts, roomFor } from '../report.ts'

/** Measures this host, the engine and the settings. */
export async function observe(config: Config): Promise<Facts> {
  const say = async (...argv: [string, ...string[]]) => (await tryExec(argv, { quiet: true })).stdout.trim()
  const [gate, now] = [await readGate(config), Date.now()]
  const containers = await listContainers(config.PROJECT)
  const info = (await engine.info()) as Readonly<Record<string, unknown>> & { Swarm?: { LocalNodeState?: string } }
  const where = `${config.BIND}:${config.PORT}`
  const compose = await resolveCompose(config, 'doctor')
  const app = compose.services[APP]
  const disk = statfsSync('/ledger')
  const ours = ['--filter', `label=${COMPOSE_PROJECT}=${config.PROJECT}`] as const
  const existing = await say('docker', 'network', 'ls', ...ours, '--format', '{{.Name}} {{.Internal}}')
  return {
    engine: await say('docker', 'version', '--format', '{{.Server.Version}}'),
    compose: await say('docker', 'compose', 'version', '--short'),
    buildx: (await say('docker', 'buildx', 'version')).split(' ')[1] ?? '',
    disk: disk.bavail * disk.bsize,
    memory: Number(/^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024,
    gate: gate && {
      found: renderGate(gate, now).split('\n  next:')[0]?.replace(/\n */g, '; ') ?? '',
      isWell: !needsCare(gate, now),
    },
    networks: {
      count: (await say('docker', 'network', 'ls', '--quiet', '--filter', 'driver=bridge')).split('\n').length,
      most: roomFor(info['DefaultAddressPools']),
    },
    daemon: {
      debug: info['Debug'] === true,
      liveRestore: info['LiveRestoreEnabled'] === true,
      swarm: info.Swarm?.LocalNodeState === 'active',
    },
    port: {
      where,
      free: containers.some(({ ports }) => ports.includes(where)) || (await isFree(config.BIND, config.PORT)),
    },
    open: openPorts(containers),
    lockFile: LOCK_FILE,
    envFiles: envFilesOf(config.ENV)
      .filter((name) => existsSync(name))
      .map((name) => ({
        name,
        mode: statSync(name).mode & 0o777,
        secrets: secretsIn(parse(readPlainFile(name) ?? '')),
      })),
    drain: config.DRAIN_TIMEOUT,
    graceful: parseDuration(app?.['x-graceful-timeout']),
    stopGrace: parseDuration(app?.stop_grace_period) ?? 10,
    standIns: [...Object.values(readLock()), ...(await listStandIns())]
      .filter(({ source }) => source === 'stand-in')
      .map(({ upstream }) => upstream),
    snapshots: { place: placeOf(config), outlives: config.BACKUP_REPOSITORY !== '' },
    opened: Object.values(compose.networks ?? {}).flatMap((network) =>
      network?.internal && existing.split('\n').includes(`${network.name} false`) ? [network.name ?? ''] : [],
    ),
    dangers: await readDangers(compose),
    vulnerabilities: config.VULNERABILITIES,
    logRotation: app?.logging?.options?.['max-size'] !== undefined,
  }
}
