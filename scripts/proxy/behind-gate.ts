const SUBNET = /^ {2}tcp-request connection set-var\(sess\.gate\) bool\(true\) if \{ src (\S+) \} /m

/**
 * The configuration of a project's proxy that believes what the gate says: connections that come over its network begin with
 * a PROXY header. Others may have one, too: a door passes its clients on in that way.
 */
export function withGate(config: string, project: string, subnet: string): string {
  const lines = [
    `  tcp-request connection set-var(sess.gate) bool(true) if { src ${subnet} } || { so_name gate }`,
    `  tcp-request connection expect-proxy layer4 if { src ${subnet} }`,
    `  http-request deny deny_status 421 if { var(sess.gate) -m bool } !{ req.hdr(x-forwarded-project) -m str ${project} }`,
    '  http-request use-service prometheus-exporter if { var(sess.gate) -m bool } { req.hdr(x-forwarded-metrics) -m found }',
  ]
  return withoutGate(config).replace(
    /^ {2}bind :8080\n(?: {2}bind unix@.*\n)?/m,
    (bind) => `${bind}${lines.join('\n')}\n`,
  )
}
/** The same configuration without those lines. */
export const withoutGate = (config: string): string =>
  config.replace(
    /^.*set-var\(sess\.gate\).*\n.*expect-proxy.*\n(?: {2}http-request (?:deny|use-service) .*var\(sess\.gate\).*\n)+/m,
    '',
  )
/** The network of the gate that such a configuration believes; undefined where it believes nobody. */
export const subnetOf = (config: string): string | undefined => SUBNET.exec(config)?.[1]
/** A configuration that believes the gate as the former one does. */
export function keepGate(config: string, project: string, former: string): string {
  const subnet = subnetOf(former)
  return subnet === undefined ? config : withGate(config, project, subnet)
}
/** The configuration of a door that passes the connections of the gate on as the proxy of `serving` believes them. */
export function doorBehindGate(template: string, serving: string): string {
  const subnet = subnetOf(serving)
  return template.replace('  # @GATE\n', subnet === undefined ? '' : `  use_backend gate if { src ${subnet} }\n`)
}
