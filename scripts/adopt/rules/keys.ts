import { hasVariables } from '../../docker/compose-variables.ts'
import { plainImageName } from '../../docker/image-name.ts'
import { about, commandOf, type Old, type ServiceRule } from '../draft.ts'
import type { Service } from '../source-tree.ts'
import { withVariables } from '../variables.ts'
import { checkPart } from './own-check.ts'

// Other rules treat these, the release sets them itself, or it has no use for them: the table of losses says which. The last ones give
// access to the host, or to what a release does not have.
const LEFT_OUT =
  `environment image build ports volumes secrets configs depends_on networks restart container_name links expose labels logging deploy
  scale profiles pull_policy init develop attach env_file cap_drop security_opt platform annotations
  privileged network_mode pid ipc uts userns_mode cgroup cgroup_parent devices device_cgroup_rules volumes_from external_links gpus
  runtime isolation credential_spec provider models use_api_socket`.split(/\s+/)

/** Whether a key goes into the release as it is. */
export const isKept = (key: string): boolean => !key.startsWith('x-') && !LEFT_OUT.includes(key)

/** Keeps what a service runs and how, also where nobody here knows the key. */
export const keysRule: ServiceRule = (old) => {
  const { project, service, spec: given } = old
  const spec = { ...limitsOf(given), ...given }
  const isOpen = !old.server && !spec['mem_limit']
  const heap = isOpen ? heapOf(old) : undefined
  const models = isOpen && MODELS.test(plainImageName((old.spec.build ? old.stage?.image : old.spec.image) ?? ''))
  const needed = heap && heap > 1024 ? `${heap}m` : models ? MODEL : undefined
  const memory = needed && `\${APP_MEMORY:-${needed}}`
  const raw = project.raw?.[service] ?? {}
  const secrets: Record<string, string> = {}
  const kept = Object.entries(spec).flatMap(([key, value]) => {
    if (value === null || !isKept(key)) return []
    // Without variables the file says the same, and Compose has put it in order.
    if (!Object.hasOwn(raw, key) || !hasVariables(JSON.stringify(raw[key]))) return [[key, value] as const]
    const renamed = withVariables(raw[key], project.given ?? {})
    Object.assign(secrets, renamed.secrets)
    return [[key, renamed.value] as const]
  })
  const own = Object.fromEntries(kept)
  const check = checkPart(old, own['healthcheck'])
  const telling = kept.filter(([key, value]) => RUN.includes(key) && TOLD.test(plainText(value)))
  return {
    secrets,
    lines: {
      ...(memory ? { mem_limit: memory, memswap_limit: memory } : {}),
      ...(spec['mem_limit'] ? { memswap_limit: spec['mem_limit'] } : {}),
      ...own,
      ...check?.lines,
      ...(spec['init'] === false ? { init: false } : {}),
    },
    findings: [
      ...(check?.findings ?? []),
      ...(models && needed === MODEL ? [about(old, 'image').ok(GETS, { confidence: 'likely' })] : []),
      ...telling.map(([key]) =>
        about(old, key).note(`its ${key} has a password, which git keeps with the proposed file`, NAMED),
      ),
    ],
  }
}

// Servers of models, which they load into memory: such a one fits seven billion parameters of eight bits each.
const MODELS =
  /^(ollama|vllm\b.*|localai|local-ai|llama\.cpp|llama-cpp\b.*|text-(generation|embeddings)-.*|tritonserver|sglang|xinference|.*whisper.*|comfyui|invokeai|stable-diffusion.*)$/
const MODEL = '8g'
const GETS = 'it serves models: 8 GB of memory at most, unless APP_MEMORY says something else, for all services'

/** The megabytes that a service needs whose heap of Java or Node is given a size; undefined where it is not. */
export function heapOf({ spec, stage }: Old): number | undefined {
  const said = [...Object.values({ ...stage?.environment, ...spec.environment }), ...commandOf({ spec, stage })].join(
    ' ',
  )
  const [, amount, unit = 'm', node] = /-Xmx(\d+)([gm])|--max[-_]old[-_]space[-_]size[= ](\d+)/i.exec(said) ?? []
  const size = Number(amount ?? node) * (/g/i.test(unit) ? 1024 : 1)
  // A heap is about half of what a process of Java takes.
  return size ? Math.ceil(size * (node ? 1.25 : 2)) : undefined
}

// The words of a command, with nothing around them.
const plainText = (value: unknown) => JSON.stringify(value).replaceAll('","', ' ').replaceAll(/\\"|'/g, '')
const RUN = ['entrypoint', 'command', 'healthcheck']
// How programs are told a password. A $ begins a variable.
const TOLD =
  /(--(password|requirepass|masterauth|pass)[= ]|\b(mysql|mariadb|mongo)\S* (.* )?-p ?|-cli (.* )?-a |\bcurl .*-\w*u \S+:|(PASSWORD|_PWD)=|:\/\/[^/@\s:]*:(?=[^/\s]*@))(?![\s$"-])/
const NAMED = `write \${APP_…:?} in its place, with a name of yours, and the value after that name in .env`

/** What `deploy` allows a container, by the keys that a single engine has for it. */
export function limitsOf({ deploy }: Service): Readonly<Record<string, unknown>> {
  const { limits = {}, reservations = {} } = deploy?.resources ?? {}
  const { cpus, memory, pids } = limits
  const all = { cpus, mem_limit: memory, pids_limit: pids, mem_reservation: reservations['memory'] }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}
