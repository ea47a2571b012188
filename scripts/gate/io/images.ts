import type { Settings } from '../../config/settings.ts'
import { findImage } from '../../docker/io/engine.ts'
import { gateTag, imageFolder, lockedImage, proxyTag } from '../../image/io/images.ts'
import { buildxLoad } from '../../image/io/stand-in.ts'
import { wantedOf } from '../claims.ts'

/** The image of the gate, which is that of a project's proxy, and of its companion. */
export const gateImage = (): string => proxyTag(lockedImage('haproxy'))
export const companionImage = (): string => gateTag(gateImage())

/** Builds the companion's image where this engine lacks it. */
export async function ensureCompanionImage(): Promise<string> {
  const tag = companionImage()
  if (!(await findImage(tag))) await buildxLoad(tag, 'PROXY_IMAGE', gateImage(), imageFolder('gate'), [])
  return tag
}

/** The images that another host needs for the gate of a project with names: it may have no network to build them. */
export const imagesOfGate = async (settings: Settings): Promise<string[]> =>
  settings.HOSTS === '' || wantedOf(settings).tls === 'none'
    ? [gateImage()]
    : [gateImage(), await ensureCompanionImage()]
