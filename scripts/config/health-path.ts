/**
 * The health path of an application without a page that only answers: any answer but an error of the server counts. What
 * is asked for then is a page that it hardly has, for any other may count visits, or ask for a login.
 */
export const ANY = '*'
/** As ANY, of an application that writes or counts at each request: the proxy, which asks all the time, then only connects. */
export const CONNECT = 'tcp'
/** Whether an answer to any page counts, by the health path. */
export const takesAny = (health: string): boolean => [ANY, CONNECT].includes(health)
/** A health path, as a regular expression without its ends. */
export const HEALTH = String.raw`(?:\*|tcp|/[\w./~-]*)`
/** The path that a check asks for, by the health path. */
export const askedPath = (health: string): string => (takesAny(health) ? '/healthz' : health)
