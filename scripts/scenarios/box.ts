/** A service of the application's image without a route, which only waits for commands; `lines` are further ones of its definition. */
export const boxWith = (...lines: string[]): string =>
  [
    '  box:',
    '    image: $' + '{APP_IMAGE:?}',
    '    pull_policy: never',
    '    user: "0:0"',
    '    command: ["sleep", "infinity"]',
    '    init: true',
    '    healthcheck: {disable: true}',
    '    restart: unless-stopped',
    '    mem_limit: 64m',
    '    tmpfs: ["/data"]',
    ...lines.map((line) => `    ${line}`),
    '',
  ].join('\n')
