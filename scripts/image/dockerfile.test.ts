import { expect, test } from 'vitest'
import { parseDockerfile } from './dockerfile.ts'

const last = (text: string) => parseDockerfile(text).stages.at(-1)

test('the last stage must include what it inherits from the stages that it builds on', () => {
  const text = `# syntax=docker/dockerfile:1
ARG TAG=3.13-slim
FROM python:\${TAG} AS base
WORKDIR /srv
EXPOSE 8000/tcp
VOLUME ["/data", "/media files"]
HEALTHCHECK CMD ["true"]
FROM base as Served
WORKDIR app
ENV PORT=9000 NAME="a"
USER 10001
ENTRYPOINT ["python"]
CMD ["-m", "app"]
`
  expect(parseDockerfile(text)).toMatchObject({ syntax: 'docker/dockerfile:1', images: ['python:3.13-slim'] })
  expect(last(text)).toEqual({
    name: 'Served',
    image: 'python:3.13-slim',
    ports: [8000],
    volumes: ['/data', '/media files'],
    user: '10001',
    workdir: '/srv/app',
    environment: { PORT: '9000', NAME: 'a' },
    healthcheck: true,
    command: { words: ['python', '-m', 'app'], shell: false },
    copies: [],
    runs: [],
    args: {},
    ownCommand: true,
  })
})

test.each([
  ['a shell form', 'FROM a\nCMD flask run', { command: { words: ['flask', 'run'], shell: true } }],
  [
    'a command that is inherited',
    'FROM a AS one\nCMD ["x"]\nFROM one',
    { ownCommand: false, command: { words: ['x'], shell: false } },
  ],
  ['a health check that is turned off', 'FROM a\nHEALTHCHECK CMD true\nHEALTHCHECK NONE', { healthcheck: false }],
  [
    'what it copies',
    'FROM a AS b\nWORKDIR /srv\nCOPY . .\nCOPY --from=b --chown=x "/x" y/\nADD ["a b", "/z"]',
    {
      copies: [
        { from: '', sources: ['.'], to: '/srv/' },
        { from: 'b', sources: ['/x'], to: '/srv/y/' },
        { from: '', sources: ['a b'], to: '/z' },
      ],
    },
  ],
  [
    'variables in paths',
    'FROM a\nENV HOME_OF=/app\nVOLUME $HOME_OF/data/ $OTHER/x\nWORKDIR $HOME_OF',
    { volumes: ['/app/data'], workdir: '/app' },
  ],
  [
    'a VOLUME without a slash, which the engine begins at the root, or with quotes or a slash at its end',
    'FROM a\nWORKDIR /srv\nVOLUME app/data ./kept /a/ "/b"\nVOLUME ["c/"]',
    { volumes: ['/app/data', '/kept', '/a', '/b', '/c'] },
  ],
  [
    'a VOLUME that is no JSON, as the engine does: by its words',
    'FROM a\nVOLUME [/a, /b]',
    { volumes: ['/[/a,', '/b]'] },
  ],
  ['ENV with a blank', 'FROM a\nENV PORT 80', { environment: { PORT: '80' } }],
  ['a line that continues on the next', 'FROM a\nEXPOSE 80 \\\n  443', { ports: [80, 443] }],
  ['a port that is not a number', 'FROM a\nEXPOSE $PORT', { ports: [] }],
])('%s must be understood', (_, text, says) => {
  expect(last(text)).toMatchObject(says)
})

test('images from outside must have their ARGs filled in, without stages and names that lack a value', () => {
  const text = `ARG PYTHON_IMAGE=python:3
FROM node:20 AS assets
FROM \${PYTHON_IMAGE} AS served
COPY --from=assets /a /b
COPY --from=0 /a /b
COPY --chown=1 --from=nginx:alpine /x /y
RUN --mount=type=cache,target=/c --mount=type=bind,from=ruby:3,target=/r true
FROM --platform=$BUILDPLATFORM docker.io/library/redis:8 AS cache
FROM ruby:\${VERSION}
COPY --from=served /b /b
COPY --from=2 /r /r
FROM scratch
COPY --from=3 / /
`
  const all = ['node:20', 'nginx:alpine', 'ruby:3', 'docker.io/library/redis:8']
  expect(parseDockerfile(text).images.toSorted()).toEqual([...all, 'python:3'].sort())
  const given = { PYTHON_IMAGE: 'python@sha256:0', VERSION: '3' }
  expect(parseDockerfile(text, given).images.toSorted(), 'no ARG before FROM declares VERSION').toEqual(
    [...all, 'python@sha256:0'].sort(),
  )
})

test.each([
  [undefined, ['a:1', 'c:1']],
  ['last', ['a:1', 'c:1']],
  ['Base', ['a:1']],
  ['0', ['a:1']],
  ['test', ['a:1', 'b:1', 'd:1']],
  ['none', []],
])('only the stages that %j needs must count', (target, images) => {
  const text = `FROM a:1 AS base
FROM b:1 AS tools
RUN --mount=from=d:1,target=/d true
FROM base AS test
COPY --from=tools /t /t
FROM c:1 AS last
COPY --from=BASE /a /a
`
  expect(parseDockerfile(text, {}, target).images).toEqual(images)
})

test('stages that copy from each other must end', () => {
  expect(parseDockerfile('FROM a AS x\nCOPY --from=y / /\nFROM b AS y\nCOPY --from=x / /\n').images).toEqual(['a', 'b'])
})

test.each(['', 'nonsense', '[[[[', '\0', 'FROM', 'CMD ["x"]'])('%j must give no image', (text) => {
  expect(parseDockerfile(text).images).toEqual([])
})

test('what COPY names by a build argument must be found, with the value that the build gives it', () => {
  const text =
    'ARG ROOT=/srv\nFROM a\nARG FOR=dev\nARG OTHER\nARG ROOT\nWORKDIR $ROOT\nENV MODE=$FOR\nCOPY $FOR/$OTHER/$MODE x\n'
  expect(parseDockerfile(text).target?.copies[0]?.to).toBe('/srv/x')
  const sources = (given = {}) => parseDockerfile(text, given).target?.copies[0]?.sources
  expect(sources()).toEqual(['dev/$OTHER/dev'])
  expect(sources({ FOR: 'prod', OTHER: 'o' })).toEqual(['prod/o/prod'])
})
