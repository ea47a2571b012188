/** A request of a health check to its own container: the port, the default of a variable for it, and the path. */
export const CHECKED =
  /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(?:(\d+)|\$\{?\w+(?::?-(\d+))?\}?|(?=\/)))?(\/[\w./~-]*)?/

/** A health check in which a program puts the port into the URL, with the port that it takes by itself. */
export const withPort = (check: string): string =>
  check.replaceAll(PUT, (_, ...ports: (string | undefined)[]) => ports.slice(0, 2).find(Boolean) ?? '')
const PUT =
  /\\?['"]\s*\+\s*\(?\s*process\.env\.PORT(?:\s*(?:\|\||\?\?)\s*\\?['"]?(\d+)\\?['"]?)?\s*\)?\s*\+\s*\\?['"]|\$\{\s*process\.env\.PORT(?:\s*(?:\|\||\?\?)\s*(\d+))?\s*\}/g
