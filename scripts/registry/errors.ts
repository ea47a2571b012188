/** Whether a tool's message about a registry blames the network or the server, so that another try may help. */
export const isTransient = (message: string): boolean =>
  /timeout|timed out|connection (refused|reset)|\bEOF\b|broken pipe|no such host|temporary failure|network is unreachable|no route to host|status:? (code )?(429|5\d\d)|\b50[0234]\b|too many requests/i.test(
    message,
  )

/** Whether the message says that the registry has nothing of that name. */
export const isMissing = (message: string): boolean => /not found|manifest unknown|name unknown/i.test(message)

/** The next command for a registry's error message: about credentials, certificates, or anything else. */
export function adviceOf(message: string, registry: string): string {
  if (/unauthorized|denied|basic credential not found|\b40[13]\b|no basic auth/i.test(message))
    return `set REGISTRY_USER and REGISTRY_PASSWORD_FILE to an account that may use ${registry}, or: docker login ${registry}`
  if (/certificate|x509/i.test(message))
    return `set REGISTRY_CA_FILE to the certificate of its authority, and put it into /etc/docker/certs.d/${registry}/ca.crt for the engine`
  return `docker login ${registry}   (says whether it answers)`
}
