import { expect, test } from 'vitest'
import { isInventory, sbomOf } from './sbom.ts'

const purls = (...files: { path: string; text: string }[]) => {
  const sbom = sbomOf('journal', '1.0.0', 'sha256:aa', files) as { components: { purl: string }[] }
  return sbom.components.map(({ purl }) => purl)
}
const DEBIAN = { path: 'usr/lib/os-release', text: 'NAME="Debian"\nID=debian\n' }

test("dpkg's packages must be listed by name, version and architecture, without those that were removed", () => {
  const text = `Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.41-12+deb13u1
Description: GNU C Library
 Package: not this

Package: gone
Status: deinstall ok config-files
Version: 1
`
  expect(purls(DEBIAN, { path: 'var/lib/dpkg/status', text })).toEqual([
    'pkg:deb/debian/libc6@2.41-12%2Bdeb13u1?arch=amd64',
  ])
})

test('what was built from another package must name that one, with its version, and the release', () => {
  const text = `Package: bsdutils
Source: util-linux (2.41-5)
Architecture: amd64
Version: 1:2.41-5+b1
`
  const debian = { ...DEBIAN, text: `${DEBIAN.text}VERSION_ID="13"\n` }
  expect(purls(debian, { path: 'var/lib/dpkg/status', text })).toEqual([
    'pkg:deb/debian/bsdutils@1%3A2.41-5%2Bb1?arch=amd64&distro=debian-13&upstream=util-linux%402.41-5',
  ])
})

test("Debian's own packages of Python's libraries must be listed as Debian's alone", () => {
  const flask = (path: string) => ({
    path: `${path}/flask-3.1.1.dist-info/METADATA`,
    text: 'Name: Flask\nVersion: 3.1.1',
  })
  const status = { path: 'var/lib/dpkg/status', text: 'Package: python3-flask\nVersion: 3.1.1-1\n' }
  const debian = 'usr/lib/python3/dist-packages'
  expect(purls(DEBIAN, status, flask(debian))).toEqual(['pkg:deb/debian/python3-flask@3.1.1-1'])
  expect(purls(DEBIAN, status, flask('opt/journal/lib/python3.13/site-packages'))).toContain('pkg:pypi/Flask@3.1.1')
})

test('an image with a file for each package, and no package manager, must be read too', () => {
  const text = 'Package: tzdata\nVersion: 2025b\nArchitecture: all\n'
  expect(purls(DEBIAN, { path: 'var/lib/dpkg/status.d/tzdata', text })).toEqual([
    'pkg:deb/debian/tzdata@2025b?arch=all',
  ])
})

test("Alpine's, Python's and Node's packages must be listed too, each once", () => {
  const files = [
    { path: 'usr/lib/os-release', text: 'ID="alpine"\n' },
    { path: 'lib/apk/db/installed', text: 'C:Q1\nP:musl\nV:1.2.5-r8\nA:x86_64\nF:lib\n\n' },
    {
      path: 'usr/lib/python3/flask-3.1.1.dist-info/METADATA',
      text: 'Name: Flask\nVersion: 3.1.1\n\nVersion: of the text\n',
    },
    { path: 'app/node_modules/@scope/a/package.json', text: '{"name": "@scope/a", "version": "1.0.0"}' },
    { path: 'b/node_modules/@scope/a/package.json', text: '{"name": "@scope/a", "version": "1.0.0"}' },
    { path: 'b/node_modules/c/package.json', text: '{"type": "module"}' },
    { path: 'b/node_modules/d/package.json', text: 'no JSON' },
  ]
  expect(purls(...files)).toEqual([
    'pkg:apk/alpine/musl@1.2.5-r8?arch=x86_64',
    'pkg:npm/%40scope/a@1.0.0',
    'pkg:pypi/Flask@3.1.1',
  ])
})

test.each([
  ['var/lib/dpkg/status', true],
  ['var/lib/dpkg/status-old', false],
  ['usr/local/lib/node_modules/npm/package.json', true],
  ['usr/local/lib/node_modules/npm/lib/package.json', false],
  ['opt/x-1.0.egg-info/PKG-INFO', true],
  ['etc/passwd', false],
])('%s says what is installed: %s', (path, expected) => {
  expect(isInventory(path)).toBe(expected)
})
