import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { askedPath } from '../../config/health-path.ts'
import type { ContainerState } from '../../docker/container.ts'
import { askHealth, leadsTo } from '../../docker/io/ask-health.ts'
import { listContainers, nextEvent, outOfMemorySince } from '../../docker/io/engine.ts'
import { lastCheck, withLastCheck } from '../../docker/io/last-check.ts'
import { DEFINITION_LABEL, VERSION_LABEL } from '../../docker/labels.ts'
import { definitionOf, type Release } from '../../release/model.ts'
import { SERVING, slowStart } from '../slow-start.ts'
import { addressOf, judgeAmong, type Turn } from './facts.ts'
import { isPressed, timeLeft } from './time-left.ts'
import { lettingGo } from './traffic.ts'

/**
 * Waits until the containers of those services are healthy and answer as the release. Throws a Failure that says why
 * not.
 */
export async function awaitReady(turn: Turn, services: readonly string[]): Promise<void> {
  const { config, release, before } = turn
  const { version } = release.image
  const { name } = release.compose
  const next = 'correct it, then: make ship'
  const timeout = timeLeft(turn, SERVING, config.READY_TIMEOUT)
  const letGo = lettingGo(turn)
  let looked = Date.now()
  let problem: string | undefined
  let waiting: string | undefined
  const ready = await waitFor(
    async () => {
      looked = Date.now()
      await letGo()
      const all = await listContainers(name)
      const containers = all.filter(
        (one) => services.includes(one.service) && one.labels[DEFINITION_LABEL] === definitionOf(release, one.service),
      )
      // A container that was there and is to be replaced may be unhealthy; one that is to serve may not.
      const wanted = containers.filter(({ id, health }) => !before.has(id) || health !== 'unhealthy')
      const verdicts = wanted.map(judgeAmong(turn, all))
      for (const [index, verdict] of verdicts.entries()) {
        if (verdict.state !== 'failed') continue
        const reason = (await starvedOf(name, wanted[index])) ?? verdict.reason
        throw new Failure(`${version} is not deployed: ${await withLastCheck(reason, wanted[index]?.id)}`, { next })
      }
      waiting = wanted.find((_, index) => verdicts[index]?.state !== 'ready')?.id
      const ready = verdicts.filter(({ state }) => state === 'ready').length
      log.waits(problem ?? `${ready} of ${wanted.length} containers healthy`)
      if (wanted.length === 0 || !verdicts.every(({ state }) => state === 'ready')) return false
      // A container without a health check is asked on its health path.
      for (const container of wanted.filter(({ health }) => health === undefined)) {
        const found = await problemOf(container, release)
        problem = found && `${container.name} ${found}`
        if (problem) return false
      }
      return wanted
    },
    timeout,
    () => nextEvent(name, 250, looked),
  )
  if (!ready) {
    const held = isPressed(turn)
    const limit = held
      ? `three quarters of HOLD_TIMEOUT=${release.proxy.hold}`
      : `READY_TIMEOUT=${config.READY_TIMEOUT}`
    problem ??= waiting && (await lastCheck(waiting))
    const slow = slowStart({ held, hold: release.proxy.hold, ready: config.READY_TIMEOUT, problem })
    throw new Failure(
      `${version} is not deployed: not healthy within ${limit} seconds${problem ? ` (${problem})` : ''}`,
      { next: slow ? `${next}   (${slow})` : next },
    )
  }
  let found: string | undefined
  const look = async () => {
    for (const container of ready) {
      const wrong = await problemOf(container, release)
      found = wrong && `${container.name} ${wrong}`
      if (found) break
    }
    return !found || !GATEWAY.test(found)
  }
  await waitFor(look, Math.min(REMEMBERED, timeLeft(turn, SERVING, config.READY_TIMEOUT)), () => sleep(250))
  if (found) throw new Failure(`${version} is not deployed: ${found}`, { next })
  for (const { id, name: forgiven, service, health, restarts } of ready)
    if (health === 'unhealthy' || restarts > (before.get(id)?.restarts ?? 0))
      log.warn(
        `${forgiven} ${health === 'unhealthy' ? 'is unhealthy, and no service waits for it' : 'ended, and was started again'}; next: make logs SERVICE=${service}`,
      )
  if (config.HOSTS.length === 0) for (const container of ready) await warnOfTls(container, release)
}
// A web server answers so until what is behind it does; nginx remembers for ten seconds that it did not.
const GATEWAY = /answers 50[234]\b/
const REMEMBERED = 15

// A container that was restarted has forgotten why it ended; the engine's events have not.
async function starvedOf(project: string, container: ContainerState | undefined): Promise<string | undefined> {
  if (!container?.restarts || !(await outOfMemorySince(project, 0)).includes(container.id)) return undefined
  return `${container.name} ran out of memory`
}

/**
 * Asks a container on its health path, at its own address, whether it is the release. Gives why not; undefined where it
 * is. Its own health check does not show this: an application that listens on 127.0.0.1 alone is healthy only to
 * itself. In a network without a way out it cannot be asked: there `awaitRoute` asks it through the proxy.
 */
async function problemOf(container: ContainerState, release: Release): Promise<string | undefined> {
  const asked = askedAt(container, release)
  if (!asked) return undefined
  const { url, route } = asked
  // Another service behind the proxy need not be of this image.
  const expected = container.labels[VERSION_LABEL] === undefined ? undefined : release.image
  try {
    return await askHealth(url, route.health, expected)
  } catch {
    const itself = container.health === undefined ? '' : 'is healthy to itself, but '
    return `${itself}does not answer at ${url}: once it has started, it must listen on 0.0.0.0:${route.port}`
  }
}

function askedAt(container: ContainerState, release: Release) {
  const route = release.routes.find(({ service }) => service === container.service)
  const address = addressOf(release, container)
  if (!route || !address) return undefined
  return { route, url: `${route.tls ? 'https' : 'http'}://${address}:${route.port}${askedPath(route.health)}` }
}

// A health path may redirect, and without the gate nothing answers over HTTPS.
async function warnOfTls(container: ContainerState, release: Release): Promise<void> {
  const { url = '', route } = askedAt(container, release) ?? {}
  const to = url && !route?.tls ? await leadsTo(url).catch(() => undefined) : undefined
  if (to?.startsWith('https://'))
    log.warn(
      `${container.service} only points to HTTPS (${to}), and the release speaks HTTP: it may show no page; next: ${SECURE}`,
    )
}
const SECURE =
  'give its names to HOSTS, and let it trust X-Forwarded-Proto; where it has HTTPS itself: x-tls: true, and APP_PORT (docs/guides/front-door.md)'
