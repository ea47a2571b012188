import { expect, test } from 'vitest'
import { ignoreMovedDown, movedDown } from './moved.ts'

// A COPY that looks for its files in the wrong folder fails the build, or puts other ones into the image.

test.each([
  ['COPY a.ini /x/', 'COPY docker/php/a.ini /x/'],
  ['COPY . /x', 'COPY docker/php /x'],
  ['copy ./a/ ../b /c* /x/', 'copy docker/php/a docker/php/b docker/php/c* /x/'],
  ['COPY --chown=www-data:www-data a /x', 'COPY --chown=www-data:www-data docker/php/a /x'],
  ['COPY a \\\n  # why\n  b \\\n  /x/', 'COPY docker/php/a \\\n  # why\n  docker/php/b \\\n  /x/'],
  ['ADD a.tar https://acme.example/b /x/', 'ADD docker/php/a.tar https://acme.example/b /x/'],
  ['COPY ["a b", "c", "/x/"]', 'COPY ["docker/php/a b","docker/php/c","/x/"]'],
  ['COPY --chmod=755 [ "a", \\\n "/x/" ]', 'COPY --chmod=755 ["docker/php/a","/x/"]'],
  ['COPY --from=php /a /x', 'COPY --from=php /a /x'],
  ['COPY --from=php --chown=a:a /a /x', 'COPY --from=php --chown=a:a /a /x'],
  ['COPY <<A <<B /x/\nCOPY a /b\nA\nB', 'COPY <<A <<B /x/\nCOPY a /b\nA\nB'],
  ['RUN --mount=type=cache,target=/c ls a', 'RUN --mount=type=cache,target=/c ls a'],
  ['RUN --mount=from=php,source=/a,target=/b ls', 'RUN --mount=from=php,source=/a,target=/b ls'],
  ['RUN cp a /x && echo COPY a /x', 'RUN cp a /x && echo COPY a /x'],
  ['# COPY a /x', '# COPY a /x'],
])('what a build copies must begin with the path of its former folder: %s', (line, moved) => {
  const of = (one: string) => `FROM php\r\n${one}\nCOPY z /z\n`
  expect(movedDown(of(line), 'docker/php')).toBe(of(moved).replace('COPY z', 'COPY docker/php/z'))
})

test.each([
  ...[
    'COPY $A /x',
    'COPY "a b" /x',
    'COPY a\\ b /x',
    'COPY ["$A", "/x"]',
    'COPY a <<B /x/\nB',
    'COPY a \\\n <<B /x/\nB',
  ],
  ...['COPY --parents a/b /x', 'COPY --exclude=b . /x', 'ONBUILD COPY . /x', 'RUN --mount=target=/b ls', 'COPY'],
  ...['RUN --mount=type=bind,source=a,target=/b ls', 'FROM node:onbuild'],
])('where nobody knows what a line takes, there must be no text: %s', (line) => {
  expect(movedDown(`FROM php\n${line}\n`, 'php')).toBeUndefined()
})

test('a folder that a line of COPY cannot name as it is has no text either', () => {
  expect(movedDown('FROM php\nCOPY a /x\n', 'my php')).toBeUndefined()
})

test('what a build must not see begins with the path of its former folder, too', () => {
  const text = '# why\r\n\n*.log\n/a b/\n!/x\n! **/y\n'
  const moved = '# why\r\n\nphp/*.log\nphp/a b/\n!php/x\n! php/**/y\n'
  expect(ignoreMovedDown(text, 'php')).toBe(moved)
})
