import { OCI } from '../docker/labels.ts'
import type { Evidence } from '../image/evidence.ts'

export type Origin = {
  readonly repository: string
  /** The manifest's digest, as `sha256:…`. */
  readonly digest: string
  readonly labels: Readonly<Record<string, string>>
  readonly dockerfile: string
  readonly evidence?: Evidence | undefined
}

/**
 * States where an image comes from, as an in-toto statement with a SLSA provenance
 * (https://slsa.dev/spec/v1.0/provenance): the commit, the base image and the passed tests. It names no time or host,
 * so that the same image has the same statement.
 */
export function provenanceOf({ repository, digest, labels, dockerfile, evidence }: Origin): object {
  const label = (name: string) => labels[`${OCI}.${name}`] ?? ''
  const base = label('base.name')
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: repository, digest: digestOf(digest) }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:dartagnan:make-build:1',
        externalParameters: { version: label('version'), dockerfile },
        resolvedDependencies: [
          { uri: label('source') ? `git+${label('source')}` : 'git', digest: { gitCommit: label('revision') } },
          ...(base ? [{ uri: `docker-image://${base}`, digest: digestOf(label('base.digest')) }] : []),
        ],
      },
      runDetails: { builder: { id: 'urn:dartagnan' } },
      tests: evidence ? testsOf(evidence) : 'none',
    },
  }
}

const testsOf = ({ image, suites, leftOut }: Evidence) => ({
  image,
  suites: suites.map(({ name }) => name),
  ...(leftOut ? { leftOut: leftOut.map(({ path }) => path) } : {}),
})

const digestOf = (text: string) => {
  const [algorithm = 'sha256', value = ''] = text.split(':')
  return { [algorithm]: value }
}
