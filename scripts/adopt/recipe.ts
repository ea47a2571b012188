import { posix } from 'node:path'
import { takesAny } from '../config/health-path.ts'
import type { Sources } from './guess.ts'
import { managerOf, nodeLines, PLAIN, scriptsOf } from './node-packages.ts'
import { ASIDE, type SourceTree } from './source-tree.ts'

/** How to write a Dockerfile for an application without one, and the kind of application that it is for. */
export type Recipe = {
  readonly kind: string
  readonly port: number
  readonly workdir: string
  readonly render: (health: string, port: number, folders: readonly string[]) => string
}

const CHECK = 'HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --start-interval=250ms --retries=3'
const USER = '10001:10001'
const WORKDIR = '/app'

/** Finds the recipe for the kind of application in the folder; undefined if the kind is unknown. */
export function findRecipe({ files, sources }: SourceTree): Recipe | undefined {
  const requirements = files.includes('requirements.txt')
  const project = /^\s*\[project\]/m.test(sources['pyproject.toml'] ?? '')
  if (requirements || project) {
    const served = findPython(sources)
    return served && python(served, requirements ? 'requirements.txt' : 'pyproject.toml')
  }
  if (files.includes('package.json')) return node(sources['package.json'] ?? '', files)
  if (files.includes('go.mod')) return go(mainOf(sources))
  return files.includes('index.html') ? site() : undefined
}

/** The folder that its modules are named from, and the command that serves it, which begins with the server. */
type Served = { readonly kind: string; readonly source: string; readonly command: readonly string[] }

// Finds the application object, which is a factory or a variable of a module, and the command that serves it.
function findPython(sources: Sources): Served | undefined {
  const modules = Object.entries(sources)
    .filter(([file]) => file.endsWith('.py') && !/(^|\/)(tests?\/|test_|conftest)/.test(file))
    .toSorted(([a], [b]) => a.split('/').length - b.split('/').length || a.localeCompare(b))
  // A module that calls the factory knows which arguments it needs.
  for (const [file, text] of modules) {
    const [, made] = /^(\w+)\s*=\s*(?:create|make)_app\(/m.exec(text) ?? []
    if (made) return gunicorn('Flask', file, made)
  }
  for (const [file, text] of modules) {
    const [, fast] = /^(\w+)\s*(?::\s*\w+\s*)?=\s*FastAPI\(/m.exec(text) ?? []
    if (fast)
      return {
        ...{ kind: 'FastAPI', source: sourceOf(file) },
        command: ['uvicorn', `${moduleOf(file)}:${fast}`, '--host=0.0.0.0', '--port=@'],
      }
    const flask = /^def create_app\(/m.test(text)
      ? 'create_app()'
      : /^(\w+)\s*(?::\s*\w+\s*)?=\s*Flask\(/m.exec(text)?.[1]
    if (flask) return gunicorn('Flask', file, flask)
  }
  const wsgi = modules.find(([file, text]) => file.endsWith('/wsgi.py') && text.includes('get_wsgi_application'))
  return wsgi && gunicorn('Django', wsgi[0], 'application')
}
const sourceOf = (file: string) => (file.startsWith('src/') ? `${WORKDIR}/src` : WORKDIR)
const moduleOf = (file: string) =>
  file
    .replace(/^src\//, '')
    .replace(/(\/__init__)?\.py$/, '')
    .replaceAll('/', '.')

// One process with threads, so that an application that keeps state in memory still works.
const OPTIONS = ['--bind=0.0.0.0:@', '--threads=8', '--graceful-timeout=20', '--worker-tmp-dir=/dev/shm']
const gunicorn = (kind: string, file: string, target: string): Served => ({
  ...{ kind, source: sourceOf(file) },
  command: ['gunicorn', ...OPTIONS, `${moduleOf(file)}:${target}`],
})

function python({ kind, command, source }: Served, list: string): Recipe {
  const [server] = command
  const wanted =
    list === 'requirements.txt'
      ? [`RUN pip install --disable-pip-version-check -r requirements.txt ${server}`]
      : [
          // Installs only the dependencies: the code runs from its own folder, where it also finds its data folder.
          `RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project'].get('dependencies', []), sep='\\n')" > /tmp/requirements.txt \\`,
          ` && pip install --disable-pip-version-check -r /tmp/requirements.txt ${server}`,
        ]
  return {
    ...{ kind, port: 8000, workdir: WORKDIR },
    render: (health, port, folders) =>
      lines(
        ...FROM_PYTHON,
        `ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=${source} PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore`,
        `WORKDIR ${WORKDIR}`,
        `COPY ${list} .`,
        ...wanted,
        'COPY . .',
        ...owned(folders),
        ...running(port, health, checkOfPython(health, port), command),
      ),
  }
}

const FROM_PYTHON = ['ARG PYTHON_IMAGE=python:3.13-slim-trixie', `FROM \${PYTHON_IMAGE}`]
const checkOfPython = (health: string, port: number) => [
  ...['python', '-c'],
  `import urllib.request as r; r.urlopen('http://127.0.0.1:${port}${health}', timeout=2)`,
]

function node(manifest: string, files: readonly string[]): Recipe | undefined {
  const scripts = scriptsOf(manifest)
  const name = ['start:prod', 'start'].find((one) => scripts[one])
  if (!name) return undefined
  const start = scripts[name] ?? ''
  // As the first process, npm passes no signal on to a program that it starts through a shell.
  const [, file] = PLAIN.exec(start) ?? []
  const [run, isBuilt] = [managerOf(files), scripts['build'] !== undefined]
  // Another program than Node, such as `nest`, may be a package for development.
  const needsDev = !/^\s*(\w+=\S+\s+)*node\s/.test(start)
  const built = [`RUN ${run} run build`, ...(run === 'npm' && !needsDev ? ['RUN npm prune --omit=dev'] : [])]
  return {
    ...{ kind: 'Node', port: 3000, workdir: WORKDIR },
    render: (health, port, folders) =>
      lines(
        'ARG NODE_IMAGE=node:24-trixie-slim',
        `FROM \${NODE_IMAGE}`,
        `WORKDIR ${WORKDIR}`,
        ...nodeLines(manifest, files, isBuilt || needsDev),
        ...(isBuilt ? built : []),
        ...owned(folders),
        `ENV NODE_ENV=production PORT=${port}`,
        ...running(
          port,
          health,
          checkOfNode(health, port),
          file ? ['node', file] : [run, ...(name === 'start' ? [] : ['run']), name],
        ),
      ),
  }
}
const checkOfNode = (health: string, port: number) => [
  ...['node', '-e'],
  `fetch('http://127.0.0.1:${port}${health}').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`,
]

// The package of the server: that in the top folder, else the one that listens, or is called so.
function mainOf(sources: Sources): string {
  const mains = Object.entries(sources).filter(
    ([file, text]) =>
      /\.go$/.test(file) && !ASIDE.test(file) && /^package main$/m.test(text) && /^func main\(/m.test(text),
  )
  const rank = ([file, text]: readonly [string, string]) =>
    (file.includes('/') ? 0 : 4) + (LISTENS.test(text) ? 2 : 0) + (/(server|api|web|app|http)/.test(file) ? 1 : 0)
  const [first = ''] = mains.toSorted((one, other) => rank(other) - rank(one))[0] ?? []
  return first.includes('/') ? `./${posix.dirname(first)}` : '.'
}
const LISTENS = /\bListenAndServe|\.(Listen|Run|Start|Serve)\(/

// The image holds only the binary, so no program in it could check its health: the deploy and the proxy do.
const go = (main: string): Recipe => ({
  ...{ kind: main === '.' ? 'Go' : `Go, with its server in ${main}`, port: 8080, workdir: '/' },
  render: (_, port, folders) =>
    lines(
      'FROM golang:1 AS build',
      'WORKDIR /src',
      'COPY go.* ./',
      'RUN go mod download',
      'COPY . .',
      `RUN CGO_ENABLED=0 go build -trimpath -o /out/app ${main} && install -d -m 1777 /out/tmp${folders.map((folder) => ` && install -d -o 10001 -g 10001 /out${folder}`).join('')}`,
      '',
      'FROM scratch',
      'COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/',
      'COPY --from=build /out/ /',
      `ENV PORT=${port}`,
      `USER ${USER}`,
      `EXPOSE ${port}`,
      'CMD ["/app"]',
    ),
})

const site = (): Recipe => ({
  ...{ kind: 'static files', port: 8000, workdir: '/srv' },
  render: (health, port) =>
    lines(
      ...[...FROM_PYTHON, 'WORKDIR /srv', 'COPY . .'],
      ...running(port, health, checkOfPython(health, port), ['python', '-m', 'http.server', '--directory=/srv', '@']),
    ),
})

const lines = (...text: string[]) => `${text.join('\n')}\n`
const running = (port: number, health: string, check: readonly string[], command: readonly string[]) => {
  const words = (all: readonly string[]) => `CMD [${all.map((word) => JSON.stringify(word)).join(', ')}]`
  const filled = command.map((word) => word.replace('@', String(port)))
  // Where any answer counts, the deploy and the proxy ask for one.
  const asked = takesAny(health) ? [] : [`${CHECK} \\`, `  ${words(check)}`]
  return [`USER ${USER}`, `EXPOSE ${port}`, ...asked, words(filled)]
}
// A fresh volume takes its owner from the folder in the image.
const owned = (folders: readonly string[]) => folders.map((folder) => `RUN install -d -o 10001 -g 10001 ${folder}`)
