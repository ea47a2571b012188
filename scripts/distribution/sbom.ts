import * as v from 'valibot'
import { tryJson } from '../cli/parse.ts'

/** A file of an image's root file system: its path without a leading slash, and its content. */
export type ImageFile = { readonly path: string; readonly text: string }
/** An installed package. `source` is the package of the distribution that it was built from, and which its advisories name. */
export type Package = {
  readonly type: 'deb' | 'apk' | 'pypi' | 'npm'
  readonly name: string
  readonly version: string
  readonly arch?: string | undefined
  readonly source?: { readonly name: string; readonly version: string }
  /** The distribution as its os-release names it. */
  readonly distribution?: { readonly id: string; readonly release: string }
}

/**
 * Whether a file of an image lists installed packages: the databases of dpkg and apk, and the metadata of Python and
 * Node.
 */
export const isInventory = (path: string): boolean =>
  /^(usr\/lib\/os-release|var\/lib\/dpkg\/status|var\/lib\/dpkg\/status\.d\/[^/]+|(usr\/)?lib\/apk\/db\/installed)$/.test(
    path,
  ) || /\.(dist-info\/METADATA|egg-info\/PKG-INFO)$|\/node_modules\/(@[^/]+\/)?[^/@]+\/package\.json$/.test(path)

/**
 * Lists the parts of an image as a CycloneDX 1.6 document (https://cyclonedx.org/docs/1.6/json/), sorted and without a
 * date, so that the same image has the same document.
 */
export function sbomOf(name: string, version: string, image: string, files: readonly ImageFile[]): object {
  const components = packagesOf(files).map((one) => ({
    type: 'library',
    name: one.name,
    version: one.version,
    purl: purlOf(one),
  }))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'container',
        name,
        version,
        hashes: [{ alg: 'SHA-256', content: image.replace('sha256:', '') }],
      },
    },
    components,
  }
}

/** The packages that the files of an image list, each once, sorted by their purl. */
export function packagesOf(files: readonly ImageFile[]): Package[] {
  const os = fields(files.find(({ path }) => path === 'usr/lib/os-release')?.text ?? '', '=')
  const value = (key: string) => (os[key] ?? '').replaceAll('"', '')
  const distribution = { id: value('ID') || 'linux', release: value('VERSION_ID') }
  // Debian's packages of Python's libraries are in dpkg's list, with Debian's versions: it mends old versions.
  const dpkg = files.some(({ path }) => path === 'var/lib/dpkg/status')
  const own = files.filter(({ path }) => !(dpkg && path.startsWith('usr/lib/python3/dist-packages/')))
  const found = new Map(
    own
      .flatMap(({ path, text }) => readPackages(path, text, distribution))
      .filter(({ name, version }) => name && version)
      .map((one) => [purlOf(one), one]),
  )
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

function readPackages(path: string, text: string, distribution: NonNullable<Package['distribution']>): Package[] {
  if (path.endsWith('package.json')) return nodePackage(text)
  if (path.startsWith('var/lib/dpkg/'))
    return stanzas(text)
      .filter((one) => !/not-installed|deinstall/.test(one['Status'] ?? ''))
      .map((one) => debianPackage(one, distribution))
  if (path.endsWith('apk/db/installed'))
    return stanzas(text).map(({ P = '', V = '', A }) => ({ type: 'apk', name: P, version: V, arch: A, distribution }))
  const [head] = /METADATA$|PKG-INFO$/.test(path) ? stanzas(text) : []
  return head ? [{ type: 'pypi', name: head['Name'] ?? '', version: head['Version'] ?? '' }] : []
}

// `Source:` stands where the name differs, with a version in brackets where that differs as well.
function debianPackage(fields: Record<string, string>, distribution: NonNullable<Package['distribution']>): Package {
  const { Package: name = '', Version: version = '', Architecture: arch, Source = '' } = fields
  const [, source = name, sourceVersion = version] = /^(\S+)(?:\s+\((.+)\))?$/.exec(Source) ?? []
  return { type: 'deb', name, version, arch, source: { name: source, version: sourceVersion }, distribution }
}

const MANIFEST = v.looseObject({ name: v.string(), version: v.string() })
// Packages have folders such as `test` and `fixtures`, in which a package.json need not describe a package.
function nodePackage(text: string): Package[] {
  const value = tryJson(text)
  return v.is(MANIFEST, value) ? [{ type: 'npm', name: value.name, version: value.version }] : []
}

// https://github.com/package-url/purl-spec: `upstream` and `distro` are what scanners need to find a package's advisories.
function purlOf({ type, name, version, arch, source, distribution }: Package): string {
  const path = [type, distribution?.id ?? '', ...name.split('/')].filter(Boolean).map(encoded).join('/')
  const upstream = source && (source.name !== name || source.version !== version) && `${source.name}@${source.version}`
  const distro = distribution?.release && `${distribution.id}-${distribution.release}`
  const qualifiers = Object.entries({ arch, distro, upstream }).flatMap(([key, value]) =>
    value ? [`${key}=${encoded(value)}`] : [],
  )
  return `pkg:${path}@${encoded(version)}${qualifiers.length > 0 ? `?${qualifiers.join('&')}` : ''}`
}

// Half of a pair of surrogates has no encoding.
const encoded = (text: string) => encodeURIComponent(text.toWellFormed())

const stanzas = (text: string) => text.split(/\n\s*\n/).map((one) => fields(one, ':'))
function fields(text: string, separator: string): Record<string, string> {
  const pairs = text.split('\n').flatMap((line) => {
    const at = line.indexOf(separator)
    return at > 0 && !line.startsWith(' ') ? [[line.slice(0, at), line.slice(at + 1).trim()] as const] : []
  })
  // The first pair of a name counts: a description may repeat the name.
  return Object.fromEntries(pairs.toReversed())
}
