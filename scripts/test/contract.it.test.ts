import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { lastWord, tryExec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { askedPath, takesAny } from '../config/health-path.ts'
import { readConfig } from '../config/io/read.ts'
import { APP, PROXY } from '../docker/compose-model.ts'
import { type ContainerState, ONCE } from '../docker/container.ts'
import { askHealth } from '../docker/io/ask-health.ts'
import { findImage, listContainers } from '../docker/io/engine.ts'
import { withLastCheck } from '../docker/io/last-check.ts'
import { OCI, ROLLOUT_LABEL, TEST_LABEL } from '../docker/labels.ts'
import { judge } from '../docker/readiness.ts'
import { asideServices, awaitedJobs, startOrder } from '../docker/start-order.ts'
import { idsByService } from '../image/builds.ts'
import { buildsOf, pinImages, resolveCompose } from '../release/io/render.ts'
import { otherPage } from '../rollout/slow-start.ts'
import { testRun } from '../state/io/lock.ts'

// Checks, on the very image that was built, what a deploy relies on with any application.
const name = process.env['IMAGE_UNDER_TEST'] ?? ''
const labels = (await findImage(name))?.Config.Labels ?? {}
const ofRun = { [TEST_LABEL]: testRun() }
const label = (key: string) => labels[`${OCI}.${key}`] ?? ''

test('the image must say what it is in OCI labels', () => {
  for (const key of ['title', 'version', 'revision', 'created']) expect(label(key), key).not.toBe('')
})

// One that no check asks may end a moment after its start, and the release with it.
const isYoung = ({ health, status, startedAt }: ContainerState) =>
  health === undefined && status === 'running' && Date.now() - Date.parse(startedAt) < 3000

// Starts the release with the other services of its Compose file and new volumes: alone, many applications fail.
test('the release must come up, and the answer of its health path name the version and revision of the labels', async () => {
  const config = await readConfig()
  const project = `${config.PROJECT}-test`
  const resolved = await resolveCompose({ ...config, PROJECT: project }, name)
  const ids = { '': name, ...(JSON.parse(process.env['IMAGES_BESIDE'] || '{}') as Record<string, string>) }
  const compose = await pinImages(config, resolved, idsByService(await buildsOf(config, resolved), ids))
  const services = Object.keys(compose.services).filter((service) => service !== PROXY)
  const labelsFor = (service: string) =>
    compose.services[service]?.restart === 'no' ? { ...ofRun, [ROLLOUT_LABEL]: ONCE } : ofRun
  const own = services.map((service) => [
    service,
    {
      ...compose.services[service],
      ports: [],
      container_name: undefined,
      depends_on: undefined,
      labels: labelsFor(service),
    },
  ])
  // The sweep finds what a killed run has left.
  const fresh = Object.keys(compose.volumes ?? {}).map((key) => [key, { labels: ofRun }])
  const networks = Object.entries(compose.networks ?? {}).map(([key, network]) => [
    key,
    // This test asks the application from the host: an internal network without these options lets it.
    network?.external ? network : { ...network, driver_opts: {}, labels: ofRun },
  ])
  const argv = ['docker', 'compose', '--progress', 'plain', '--project-name', project, '-f', '-'] as const
  const input = JSON.stringify({
    ...compose,
    services: Object.fromEntries(own),
    volumes: Object.fromEntries(fresh),
    networks: Object.fromEntries(networks),
  })
  let problem: string | undefined = 'does not run'
  await using _ = {
    [Symbol.asyncDispose]: async () => {
      const { stdout } = problem
        ? await tryExec([...argv, 'logs', '--no-color'], { input, quiet: true })
        : { stdout: '' }
      if (problem) process.stderr.write(`--- logs of the release ---\n${stdout}---\n`)
      await tryExec([...argv, 'down', '--volumes', '--timeout', '5'], { input, quiet: true })
    },
  }
  const beside = services.filter((service) => service !== APP)
  // As for a first deploy: one beside may end once over its empty data; a deploy over those of a release is stricter.
  const among = ({ service }: ContainerState, others: readonly ContainerState[]) => ({
    ...{ others, now: Date.now(), spare: service === APP ? 0 : 1, forgiven: asideServices(compose) },
  })
  for (const wave of [...startOrder(compose, beside), [APP]]) {
    const up = await tryExec([...argv, 'up', '--detach', '--no-deps', ...wave], { input, quiet: true })
    if (up.exitCode !== 0) throw new Error(`${wave.join(', ')} cannot start: ${lastWord(up.stderr)}`)
    await waitFor(async () => {
      const all = await listContainers(project)
      const verdicts = all
        .filter(({ service }) => wave.includes(service))
        .map((one) => judge(one, 0, { ...among(one, all), awaited: awaitedJobs(compose) }))
      return wave[0] === APP || verdicts.every(({ state }) => state !== 'waiting')
    }, config.READY_TIMEOUT)
  }
  const began = performance.now()
  let isTold = false
  await waitFor(
    async () => {
      const containers = await listContainers(project)
      const verdicts = containers.map((one) => judge(one, 0, among(one, containers)))
      const failed = verdicts.findIndex(({ state }) => state === 'failed')
      const verdict = verdicts[failed]
      problem = verdict?.state === 'failed' ? await withLastCheck(verdict.reason, containers[failed]?.id) : undefined
      if (problem) return true
      const app = containers.find(({ service }) => service === APP)
      const url = `${compose.services[APP]?.['x-tls'] ? 'https' : 'http'}://${Object.values(app?.networks ?? {})[0]?.address}:${config.APP_PORT}${askedPath(config.HEALTH_PATH)}`
      const expected = { version: label('version'), revision: label('revision') }
      const why = await askHealth(url, config.HEALTH_PATH, expected).catch(() => `does not answer at ${url}`)
      const page = why && !takesAny(config.HEALTH_PATH) && otherPage(why)
      problem = why && `${APP} ${why}, still after ${config.READY_TIMEOUT} seconds${page ? `; ${page}` : ''}`
      // A wrong health path is known long before the time is over: the living line shows this.
      if (why && !isTold && performance.now() - began > 10_000) {
        isTold = true
        process.stderr.write(
          `${APP} ${why}: asked again until READY_TIMEOUT=${config.READY_TIMEOUT} seconds are over\n`,
        )
      }
      return problem === undefined && !containers.some(isYoung)
    },
    config.READY_TIMEOUT,
    () => sleep(250),
  )
  if (problem) throw new Error(problem)
})
