import { expect, test } from 'vitest'
import { takenBy } from './copied-places.ts'
import { parseDockerfile } from './dockerfile.ts'

test.each([
  ['COPY db/init.sql /docker-entrypoint-initdb.d/', ['.dockerignore', 'db/init.sql']],
  ['COPY ["./a b", "/c/", "/x/"]', ['.dockerignore', 'a b', 'c']],
  ['COPY conf/*.cnf conf/base /etc/', ['.dockerignore', 'conf', 'conf/base']],
  ['RUN --mount=type=cache,target=/c true', ['.dockerignore']],
  ['RUN true', ['.dockerignore']],
  ['COPY . /app', undefined],
  ['COPY *.sql /app/', undefined],
  ['COPY ../ /app/', undefined],
  ['COPY $WHAT /app/', undefined],
  ['RUN --mount=target=/c true', undefined],
  ['RUN --mount=type=bind,target=/c true', undefined],
])('what a build takes of its context: %s', (line, taken) => {
  const dockerfile = `FROM postgres AS one\n${line}\nFROM other AS never\nCOPY . /\nFROM one\nCOPY --from=one /a /b\n`
  expect(takenBy(parseDockerfile(dockerfile), dockerfile)).toEqual(taken)
})

test('an image that copies by itself may take anything', () => {
  const dockerfile = 'FROM node:onbuild\nRUN true\n'
  expect(takenBy(parseDockerfile(dockerfile), dockerfile)).toBeUndefined()
})
