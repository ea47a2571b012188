import { Failure } from '../cli/failure.ts'
import { COMPOSE_PROJECT, PROJECT_LABEL } from '../docker/labels.ts'
import type { Release } from '../release/model.ts'

/** A volume as the engine reports it. */
export type VolumeState = {
  readonly name: string
  readonly createdAt: string
  readonly labels: Readonly<Record<string, string>>
}

/**
 * Plans which volumes of a release are to be made, because the project has no such data yet. `known` are the times at
 * which the volumes with its data were made, by name; `from` is the release before. Throws a Failure where data would
 * be lost or left behind unnoticed; `force` begins with empty volumes instead.
 */
export function planVolumes(
  release: Release,
  states: readonly VolumeState[],
  known: Readonly<Record<string, string>>,
  from: Release | undefined,
  force: boolean,
): string[] {
  const project = release.compose.name
  const stateOf = (name: string) => states.find((state) => state.name === name)
  for (const { name } of release.volumes) {
    const state = stateOf(name)
    const owner = state?.labels[PROJECT_LABEL] ?? state?.labels[COMPOSE_PROJECT]
    if (owner !== undefined && owner !== project)
      throw new Failure(`the volume ${name} belongs to the project ${JSON.stringify(owner)}`, {
        next: `PROJECT=${owner} make deploy, or give the volume another name`,
      })
    // Only `docker compose` labels a volume so: another application has written to it, or this one before it came here.
    if (!force && owner === project && known[name] === undefined && state?.labels[PROJECT_LABEL] === undefined)
      throw new Failure(
        `the volume ${name} was made by docker compose, and holds what no release of here has written`,
        {
          next: 'copy it as docs/guides/take-over.md says; or, to use that very volume: FORCE=1 make deploy',
        },
      )
    if (force || known[name] === undefined || state?.createdAt === known[name]) continue
    throw new Failure(
      state
        ? `the volume ${name} is not the one that held the data: it was made anew at ${state.createdAt}`
        : `the volume ${name}, which holds the data, is missing`,
      { next: 'make restore   (puts the last snapshot back; FORCE=1 make deploy begins with an empty volume)' },
    )
  }
  const left = (from?.volumes ?? []).find(
    ({ key, name }) => stateOf(name) && !release.volumes.some((volume) => volume.key === key),
  )
  if (left && !force)
    throw new Failure(
      `this release no longer mounts the volume ${left.name} (${left.key}), to which ${from?.image.version} writes`,
      { next: `mount ${left.key} again; or, where its data are no longer needed: FORCE=1 make deploy` },
    )
  return release.volumes.filter(({ name }) => !stateOf(name)).map(({ name }) => name)
}
