/** The last part of an image's name, without registry, owner, tag and digest: `postgres` for `docker.io/library/postgres:17`. */
export const plainImageName = (reference: string): string => (reference.split('/').at(-1) ?? '').split(/[:@]/)[0] ?? ''
