/** One slot of the proxy's backend. */
export type Server = {
  readonly name: string
  /** Empty while the slot has no member. */
  readonly address: string
  readonly up: boolean
  readonly draining: boolean
  /** Requests in flight. */
  readonly inFlight: number
}

/** The slots from the answer to `show stat` of the runtime API (a CSV with a heading). */
export function parseServers(csv: string): Server[] {
  const [heading = '', ...lines] = csv.trim().split('\n')
  const columns = heading.replace(/^# /, '').split(',')
  return lines.flatMap((line) => {
    const cells = line.split(',')
    const cell = (name: string) => cells[columns.indexOf(name)] ?? ''
    if (cell('type') !== '2') return []
    const address = cell('addr').replace(/:\d+$/, '')
    return [{
      name: cell('svname'),
      address: cell('status').startsWith('MAINT') ? '' : address,
      up: cell('status') === 'UP',
      draining: cell('status').startsWith('DRAIN'),
      inFlight: Number(cell('scur')),
    }]
  })
}

/** The proxy's configuration for a port and health path of the application. */
export function renderConfig(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\$\{([A-Z_]+)\}/g, (_, name: string) => values[name] ?? '')
}
