import { compare, valid } from '@renovatebot/pep440'
import semver from 'semver'

/** Compares two versions as their ecosystem does: below, equal or above zero; undefined where one is no version of it. */
export type Order = (one: string, other: string) => number | undefined

export const orderPython: Order = (one, other) => (valid(one) && valid(other) ? compare(one, other) : undefined)

export const orderNode: Order = (one, other) =>
  semver.valid(one) && semver.valid(other) ? semver.compare(one, other) : undefined

/**
 * dpkg's order: the epoch, then the upstream version, then Debian's revision
 * (https://www.debian.org/doc/debian-policy/ch-controlfields.html#version). A test compares it with dpkg's own: the one
 * that npm has (deb-version-compare) answers every tenth pair otherwise.
 */
export const orderDebian: Order = (one, other) => {
  const [a, b] = [VERSION.exec(one), VERSION.exec(other)]
  if (!a || !b) return undefined
  return (
    Number(a[1] ?? 0) - Number(b[1] ?? 0) ||
    orderPart(a[2] ?? '', b[2] ?? '') ||
    // No revision is the same as the revision 0.
    orderPart(a[3] ?? '0', b[3] ?? '0')
  )
}
const VERSION = /^(?:(\d{1,9}):)?(\d[A-Za-z0-9.+~:-]*?)(?:-([A-Za-z0-9.+~]+))?$/

// Texts and numbers take turns, and a text comes first, even an empty one.
function orderPart(one: string, other: string): number {
  const [a, b] = [one, other].map((part) => part.split(/(\d+)/)) as [string[], string[]]
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const [x, y] = [a[index] ?? '', b[index] ?? '']
    const difference = index % 2 === 0 ? orderText(x, y) : orderNumber(x, y)
    if (difference !== 0) return difference
  }
  return 0
}

// A tilde comes before the end of the text, the end before letters, and letters before all else.
function orderText(one: string, other: string): number {
  const weigh = (character: string | undefined) => {
    if (character === undefined) return 0
    if (character === '~') return -1
    return (character.codePointAt(0) ?? 0) + (/[A-Za-z]/.test(character) ? 0 : 256)
  }
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    const difference = weigh(one[index]) - weigh(other[index])
    if (difference !== 0) return difference
  }
  return 0
}

// A version may hold a date and a time: more digits than a number of JavaScript keeps apart.
const orderNumber = (one: string, other: string) => Number(BigInt(one || 0) - BigInt(other || 0))
