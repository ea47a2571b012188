/** What a value of a resolved Compose file means: `docker compose config` writes each $ as $$, so that it can be read again. */
export const unescapeDollars = (written: string): string => written.replaceAll('$$', () => '$')
