/** A place where a web server passes requests on. */
export type Pass = {
  /** The path below which it passes all on; for another location, its own words. */
  readonly path: string
  /** The services that answer: several share the load. */
  readonly to: readonly string[]
  readonly port: number | undefined
  /** The port of each, where these are not the same. */
  readonly ports?: readonly (number | undefined)[]
  /** Whether the server takes `path` away from the request. */
  readonly strips: boolean
  /** Hosts that it names, and that no service is called. */
  readonly strangers?: readonly string[]
  readonly how: string
  readonly where: string
}
/** What a web server does with requests. */
export type Passing = {
  readonly passes: readonly Pass[]
  /** All else that its configuration asks for, as `directive (file:line)`. */
  readonly rest: readonly string[]
  /** Those of `passes` and all others, as `host (file:line)`. */
  readonly strangers?: readonly string[]
  /** Files of its configuration that nobody could read. */
  readonly unread?: readonly string[]
  /** What it asks of members of a pool beside an even share, as `host weight=3 (file:line)`. */
  readonly shares?: readonly string[]
  /** Where it passes requests on by the name of the service, not by the one that the visitor asked for. */
  readonly renames?: readonly string[]
  /** Whether it answers plain HTTP with nothing but the way to HTTPS. */
  readonly onlyTls?: boolean
  /** The port at which it speaks HTTPS, with a certificate of its own. */
  readonly tls?: number | undefined
  /** Where it asks for the client's address, and does not read it from what a proxy says. */
  readonly byAddress?: readonly string[]
  /** The largest body that it accepts, such as 20m. */
  readonly maxBody: string | undefined
  /** Services that it reached by other names of hosts. */
  readonly lost?: readonly string[]
  /** The labels that it was told by, by their paths, and what these ask of it beside routes. */
  readonly labels?: readonly string[]
  readonly asks?: readonly string[]
  /** Where it has routes from that nobody read. */
  readonly elsewhere?: readonly string[]
}
