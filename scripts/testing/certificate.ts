import { join } from 'node:path'
import { exec } from '../cli/io/exec.ts'

const request = async (folder: string, name: string, ...options: string[]): Promise<void> => {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(folder, `${name}.key`)]
  const what = ['-x509', '-days', '2', '-subj', `/CN=${name}`, '-out', join(folder, `${name}.crt`)]
  await exec(['openssl', 'req', ...key, ...what, ...options], { quiet: true })
}

/** Makes an authority: `NAME.crt` and `NAME.key` in that folder. */
export const makeAuthority = (folder: string, name: string): Promise<void> => request(folder, name)

/** Makes a certificate of an authority in that folder; `extension` says what it is for, as openssl writes it. */
export async function makeCertificate(
  folder: string,
  authority: string,
  name: string,
  extension: string,
): Promise<void> {
  const by = ['-CA', join(folder, `${authority}.crt`), '-CAkey', join(folder, `${authority}.key`)]
  await request(folder, name, ...by, '-addext', extension)
}
