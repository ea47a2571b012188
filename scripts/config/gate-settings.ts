import * as v from 'valibot'
import { optionalPath, port, text, whole } from './values.ts'

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const site = `(?!\\d+(?:\\.\\d+)*(?:/|,|$))${label}(?:\\.${label})*(?:/(?!\\.{1,2}(?:/|,|$))[\\w.~-]+)*`

/** The settings of the gate: by which names it sends requests to a project, and with which certificate. */
export const gateSettings = {
  HOSTS: v.optional(
    v.pipe(
      v.string(),
      v.transform((value) => value.toLowerCase()),
      text(
        new RegExp(`^(?=.{0,2000}$)(?:${site}(?:,${site})*)?$`),
        'names with commas between, without a dot at the end, such as example.com,www.example.com or example.com/shop',
      ),
    ),
    '',
  ),
  WWW_REDIRECT: v.optional(whole(0, 1), '1'),
  HSTS: v.optional(whole(0, 63_072_000), '0'),
  TLS: v.optional(v.picklist(['', 'local'], 'expects local, or nothing'), ''),
  TLS_CERT_FILE: v.optional(optionalPath, ''),
  TLS_KEY_FILE: v.optional(optionalPath, ''),
  ACME_AGREE: v.optional(text(/^(?:|yes)$/, "yes, once you have read the authority's terms"), ''),
  ACME_EMAIL: v.optional(text(/^(?:|[\w.+-]{1,64}@[\w.-]{1,190})$/, 'a mail address'), ''),
  ACME_DIRECTORY: v.optional(
    text(/^https:\/\/[\w.:-]{1,200}(?:\/[\w./~-]*)?$/, 'the https:// address of an ACME directory'),
    'https://acme-v02.api.letsencrypt.org/directory',
  ),
  ACME_CA_FILE: v.optional(optionalPath, ''),
  ACME_DNS: v.optional(text(/^(?:|[a-z][a-z0-9-]{1,40})$/, "the name of one of lego's DNS providers"), ''),
  ACME_DNS_FILE: v.optional(optionalPath, ''),
  GATE: v.optional(text(/^[a-z0-9][a-z0-9-]{0,50}$/, 'a name, such as dartagnan-gate'), 'dartagnan-gate'),
  GATE_BIND: v.optional(text(/^(?:\d{1,3}\.){3}\d{1,3}$/, 'an IPv4 address, such as 0.0.0.0'), '0.0.0.0'),
  GATE_HTTP_PORT: v.optional(port, '80'),
  GATE_HTTPS_PORT: v.optional(port, '443'),
  GATE_METRICS_PORT: v.optional(port, '8404'),
  GATE_MAX_CONNECTIONS: v.optional(whole(1, 4000), '1000'),
  GATE_MAX_RATE: v.optional(whole(1, 1_000_000), '20000'),
}
