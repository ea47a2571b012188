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

const FORCED_DRAIN = 0x08

/**
 * The slots from the answers to `show servers state` and `show stat` of the runtime API (its management guide, 9.3):
 * only the first tells a drain that outlived its member, only the second what is in flight.
 */
export function parseServers(answer: string): Server[] {
  const [states = '', stats = ''] = answer.split('\n\n')
  const figures = new Map(rowsOf(stats, ',').map((row) => [row['svname'], row]))
  return rowsOf(states.replace(/^\d+\n/, ''), ' ').map((row) => {
    const name = row['srv_name'] ?? ''
    const figure = figures.get(name)
    return {
      name,
      address: row['srv_addr']?.replace(/^-$/, '') ?? '',
      up: figure?.['status'] === 'UP',
      draining: (Number(row['srv_admin_state']) & FORCED_DRAIN) !== 0,
      inFlight: Number(figure?.['scur'] ?? 0),
    }
  })
}

function rowsOf(text: string, separator: string): Record<string, string>[] {
  const [heading = '', ...lines] = text.trim().split('\n')
  const columns = heading.replace(/^# /, '').split(separator)
  return lines.map((line) => Object.fromEntries(line.split(separator).map((cell, column) => [columns[column], cell])))
}

/** The proxy's configuration for a port and health path of the application. */
export function renderConfig(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\$\{([A-Z_]+)\}/g, (_, name: string) => values[name] ?? '')
}
