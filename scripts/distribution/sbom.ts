import * as v from 'valibot'
import { tryJson } from '../cli/parse.ts'

/** A file of an image's root file system: its path without a leading slash, and its content. */
export type ImageFile = { readonly path: string; readonly text: string }
type Component = { type: string; name: string; version: string; purl: string }

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
  const release = fields(files.find(({ path }) => path === 'usr/lib/os-release')?.text ?? '', '=')
  const distribution = (release['ID'] ?? 'linux').replaceAll('"', '')
  const found = files.flatMap(({ path, text }) => componentsOf(path, text, distribution))
  const unique = new Map(found.map((one) => [one.purl, one]))
  const components = [...unique.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1))
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

function componentsOf(path: string, text: string, distribution: string): Component[] {
  if (path.endsWith('package.json')) return nodePackage(text)
  if (path.startsWith('var/lib/dpkg/'))
    return stanzas(text).flatMap((one) =>
      /not-installed|deinstall/.test(one['Status'] ?? '')
        ? []
        : component('deb', distribution, one['Package'], one['Version'], one['Architecture']),
    )
  if (path.endsWith('apk/db/installed'))
    return stanzas(text).flatMap((one) => component('apk', distribution, one['P'], one['V'], one['A']))
  if (/METADATA$|PKG-INFO$/.test(path)) {
    const [head] = stanzas(text)
    return component('pypi', '', head?.['Name'], head?.['Version'])
  }
  return []
}

const MANIFEST = v.looseObject({ name: v.string(), version: v.string() })
// Packages have folders such as `test` and `fixtures`, in which a package.json need not describe a package.
function nodePackage(text: string): Component[] {
  const value = tryJson(text)
  return v.is(MANIFEST, value) ? component('npm', '', value.name, value.version) : []
}

function component(type: string, space: string, name?: string, version?: string, arch?: string): Component[] {
  if (!name || !version) return []
  const path = [type, space, ...name.split('/')].filter(Boolean).map(encoded).join('/')
  const purl = `pkg:${path}@${encoded(version)}${arch ? `?arch=${arch}` : ''}`
  return [{ type: 'library', name, version, purl }]
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
