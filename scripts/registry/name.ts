/** The registry of a repository, as `host` or `host:port`; undefined where only this engine knows the repository. */
export function registryOf(repository: string): string | undefined {
  const [host = '', ...rest] = repository.split('/')
  return rest.length > 0 && (/[.:]/.test(host) || host === 'localhost') ? host : undefined
}

/** Whether to reach a registry without TLS. As Docker does, only for one on this host that has no certificate. */
export const isPlain = (repository: string, certificate: string): boolean =>
  certificate === '' && /^(localhost|127\.)/.test(registryOf(repository) ?? '')
