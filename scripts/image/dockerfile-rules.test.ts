import { expect, test } from 'vitest'
import { checkDockerfile, scriptsIn } from './dockerfile-rules.ts'

const rules = (text: string) => checkDockerfile(text).map(({ rule, line }) => `${rule}:${line}`)

test.each([
  ['FROM debian', ['DL3006:1']],
  ['FROM registry:5000/team/debian', ['DL3006:1']],
  ['FROM debian:latest AS x', ['DL3007:1']],
  ['FROM --platform=linux/amd64 debian:13', []],
  ['FROM debian@sha256:00', []],
  ['ARG BASE\nFROM $BASE', []],
  ['FROM debian:13 AS Build\nFROM build\nFROM scratch', []],
  ['FROM a:1\nRUN sudo true', ['DL3004:2']],
  ['FROM a:1\nRUN true && sudo true', ['DL3004:2']],
  ['FROM a:1\nRUN echo pseudo sudo', []],
  ['FROM a:1\nRUN apt-get install --no-install-recommends x', ['DL3014:2']],
  ['FROM a:1\nRUN apt-get -q install -qy --no-install-recommends x', []],
  ['FROM a:1\nRUN apt-get install -y x', ['DL3015:2']],
  ['FROM a:1\nRUN apt update', ['DL3027:2']],
  ['FROM a:1\nADD src /src', ['DL3020:2']],
  ['FROM a:1\nADD --chown=1 src.tar.gz /src\nADD https://example.com/x /x', []],
  ['FROM a:1\nCMD flask run', ['DL3025:2']],
  ['FROM a:1\nENTRYPOINT ["flask"]\nCMD ["run"]', []],
  ['FROM a:1\nRUN pip install x', ['DL3042:2']],
  ['FROM a:1\nRUN pip install --no-cache-dir x', []],
  ['FROM a:1\nENV PIP_NO_CACHE_DIR=1\nRUN pip install x', []],
  ['FROM a:1\nRUN --mount=type=cache,target=/root/.cache pip install x', []],
  ['FROM a:1\nRUN curl x | sh', ['DL4006:2']],
  ["FROM a:1\nRUN curl x || sed 's|a|b|'", []],
  ['FROM a:1\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN curl x | sh', []],
  ['FROM a:1\nUSER 1\nUSER root', ['DL3002:3']],
  ['FROM a:1\nUSER 0:0', ['DL3002:2']],
  ['FROM a:1\nUSER root\nFROM a:1\nUSER 10001', []],
  ['FROM a:1\n# hadolint ignore=DL3020,DL3025\nADD src /src', []],
  ['FROM a:1\n# hadolint ignore=DL3020\nCOPY src /src\nADD src /src', ['DL3020:4']],
  ['FROM a:1\nENV A=b API_TOKEN=x', ['SecretsUsedInArgOrEnv:2']],
  ['FROM a:1\nENV DB_PASSWORD x\nARG KEY', ['SecretsUsedInArgOrEnv:2', 'SecretsUsedInArgOrEnv:3']],
  ['FROM a:1\nENV DB_PASSWORD_FILE=/run/secrets/x PUBLIC_KEY=y KEYBOARD=z', []],
  ['nonsense', []],
])('%j must break %j', (text, expected) => {
  expect(rules(text)).toEqual(expected)
})

test('the scripts of RUN must be given whole, without comments and options, and none in exec form', () => {
  const text =
    'FROM a:1\nRUN --mount=type=secret,id=x cat \\\n # why\n  /run/secrets/x\nRUN ["true"]\nRUN <<EOF\ntrue\nEOF\n'
  expect(scriptsIn(text)).toEqual([{ line: 2, script: expect.stringMatching(/^cat\s+\/run\/secrets\/x$/) }])
})

test('the stage that is built must not end as root, whatever comes after it', () => {
  const text = 'FROM a:1 AS one\nUSER root\nFROM a:1 AS two\nUSER 1\n'
  expect(checkDockerfile(text, 'ONE').map(({ rule, line }) => `${rule}:${line}`)).toEqual(['DL3002:2'])
  expect([checkDockerfile(text, 'two'), checkDockerfile(text)]).toEqual([[], []])
})
