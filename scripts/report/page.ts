import { shortId } from '../cli/digest.ts'
import { renderSeconds } from '../cli/live.ts'
import { renderAge, renderBytes } from '../cli/table.ts'
import { type Snapshot, shortSnapshot, type Verification } from '../data/snapshot.ts'
import type { Evidence } from '../image/evidence.ts'
import { goodReleases, type ReleaseEntry, sayOutcome } from '../release/history.ts'
import type { Samples } from '../rollout/sample.ts'
import type { Status } from '../rollout/status-report.ts'
import { type Html, html } from './html.ts'
import type { Marks } from './marks.ts'
import { plotSteps, plotTraffic } from './plots.ts'
import { STYLE } from './style.ts'

/** A layer of the image that serves, and whether the release before had it. */
export type Layer = { readonly by: string; readonly bytes: number; readonly isNew: boolean }

/** All that the page shows. `at` in milliseconds. */
export type Report = {
  readonly at: number
  readonly url: string
  readonly status: Status
  readonly entries: readonly ReleaseEntry[]
  readonly samples: readonly Samples[]
  readonly layers: readonly Layer[]
  /** Of the image that serves. */
  readonly evidence: Evidence | undefined
  readonly verifications: readonly Verification[]
  /** What the repository says of its snapshots; empty where it was not asked, or does not answer. */
  readonly snapshots: readonly Snapshot[]
  readonly marks: readonly Marks[]
  /** What is dangerous in the release that serves. */
  readonly dangers: readonly string[]
  /** The other way to look at a page that is served: following, or standing still. */
  readonly other?: { readonly path: string; readonly says: string }
}

// Nothing is loaded from anywhere, and no script runs.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'"

/** The report as one page that needs nothing else. */
export function renderPage(report: Report): string {
  const { status, at, url, entries, other } = report
  const [serving] = goodReleases(entries)
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="${POLICY}"><title>${status.project}: ${status.outcome}</title><style>${raw(STYLE)}</style></head>
<body><main><h1>${status.project}: <span class="${status.outcome === 'serving' ? 'good' : 'bad'}">${status.outcome}</span></h1>
<p>${serving ? html`<strong>${serving.version}</strong> at <a href="${url}">${url}</a>` : 'Nothing was released yet.'} <span class="soft">as of ${sayMoment(at)}</span>${other ? html` <a href="${other.path}">${other.says}</a>` : html``}</p>
${containers(status, at)}
<h2>Releases</h2>${entries.length === 0 ? html`<p>None yet.</p>` : entries.toReversed().map((entry, index) => release(entry, report, { serves: entry === serving, open: index === 0 }))}
<h2>Image</h2>${layers(report.layers)}
<h2>Tests</h2>${tests(report.evidence)}
<h2>Snapshots</h2>${snapshots(report)}
<h2>Drills</h2>${drills(entries)}
<h2>Security</h2>${security(report)}
</main></body></html>
`.text
}

const sayMoment = (at: number) =>
  new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
const raw = (text: string) => html([text] as unknown as TemplateStringsArray)

// A table that is wider than the window moves by keys, too.
const table = (heading: readonly string[], rows: readonly (readonly (string | Html)[])[]): Html =>
  html`<div class="wide" tabindex="0" role="region" aria-label="${heading.join(', ')}"><table><thead><tr>${heading.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${rows.map(
    (row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`

const containers = ({ containers: all }: Status, at: number): Html =>
  table(
    ['Service', 'Container', 'Version', 'State', 'Since'],
    all.map((one) => [one.service, one.container, one.version, one.state, renderAge(at - Date.parse(one.since))]),
  )

function release(entry: ReleaseEntry, report: Report, { serves, open }: { serves: boolean; open: boolean }): Html {
  const good = entry.outcome === 'deployed'
  const felt = report.samples.find(({ at }) => at === entry.at)
  const total = Math.max(
    entry.ms,
    felt?.samples.at(-1)?.ms ?? 0,
    (entry.steps ?? []).reduce((sum, { ms }) => sum + ms, 0),
  )
  const facts: (readonly [string, string])[] = [
    ['by', entry.by],
    ['image', shortId(entry.image)],
    ['snapshot', entry.snapshot ? shortSnapshot(entry.snapshot) : ''],
    ['requests', `${entry.cut} cut, ${entry.held > 0 ? `held for ${renderSeconds(entry.held)}` : 'none held'}`],
    ['because', entry.because],
  ]
  const told = facts.filter(([, text]) => text !== '')
  return html`<details${open ? raw(' open') : ''}><summary><strong>${entry.version}</strong><span>${entry.target}</span><span class="${good ? 'good' : 'bad'}">${good ? '✓' : '✗'} ${sayOutcome(entry)}</span>${serves ? html`<span class="good">● serves</span>` : html``}<span class="soft">${renderAge(report.at - Date.parse(entry.at))} ago, ${renderSeconds(entry.ms)}</span></summary>
<p>${told.map(([name, text]) => html`<span class="soft">${name}</span> ${text} &nbsp; `)}</p>
${(entry.steps ?? []).length > 0 ? plotSteps(entry.steps ?? [], total) : html``}${felt ? plotTraffic(felt.samples, total) : html``}</details>`
}

const layers = (all: readonly Layer[]): Html =>
  all.length === 0
    ? html`<p>No image of a release is on this engine.</p>`
    : html`<p>${all.filter(({ isNew }) => isNew).length} of ${all.length} layers are new since the release before: ${renderBytes(sizeOf(all.filter(({ isNew }) => isNew)))} of ${renderBytes(sizeOf(all))}.</p>${table(
        ['Layer', 'Size', 'Made by'],
        all.map(({ by, bytes, isNew }) => [
          isNew ? html`<span class="good">new</span>` : 'same',
          renderBytes(bytes),
          html`<code>${by || 'the base image'}</code>`,
        ]),
      )}`
const sizeOf = (all: readonly Layer[]) => all.reduce((sum, { bytes }) => sum + bytes, 0)

function tests(evidence: Evidence | undefined): Html {
  if (!evidence) return html`<p class="bad">✗ No evidence is kept that the image that serves has passed its tests.</p>`
  const { suites, testedAt, testedBy, leftOut = [] } = evidence
  const rows = suites.map(({ name, seconds }) => [name, html`<span class="good">✓ passed</span>`, `${seconds} s`])
  return html`<p class="soft">${sayMoment(Date.parse(testedAt))}, by ${testedBy}</p>${table(['Suite', 'Outcome', 'Time'], rows)}${leftOut.map(
    ({ path, because }) => html`<p>left out: <code>${path}</code> (${because})</p>`,
  )}`
}

const snapshots = ({ verifications, snapshots: listed, at }: Report): Html =>
  verifications.length === 0
    ? html`<p>No snapshot was read back here.</p>`
    : table(
        ['Snapshot', 'Read back', 'Size', 'Added', 'What the hooks say of it'],
        verifications
          .toReversed()
          .slice(0, 30)
          .map((one) => {
            const { bytes, added } = listed.find(({ id }) => id === one.id) ?? {}
            return [
              html`<code>${shortSnapshot(one.id)}</code>`,
              `${renderAge(at - Date.parse(one.at))} ago`,
              ...[bytes, added].map((size) => (size === undefined ? '' : renderBytes(size))),
              listValues(one.described).join(', '),
            ]
          }),
      )

// Each value, with the names that lead to it: `data.lines 3`.
const listValues = (value: object, path: string[] = []): string[] =>
  Object.entries(value).flatMap(([name, one]) =>
    typeof one === 'object' && one !== null ? listValues(one, [...path, name]) : `${[...path, name].join('.')} ${one}`,
  )

function drills(entries: readonly ReleaseEntry[]): Html {
  const rehearsed = entries.flatMap(({ version, rehearsal }) => (rehearsal ? [{ version, ...rehearsal }] : []))
  if (rehearsed.length === 0) return html`<p>No release was rehearsed on a clone of the data (REHEARSE=1).</p>`
  return table(
    ['Version', 'A rollback needs the data back', 'Why', 'What it changes'],
    rehearsed
      .toReversed()
      .map(({ version, needsData, because, changes }) => [
        version,
        needsData ? 'yes' : 'no',
        because,
        changes.join(', '),
      ]),
  )
}

const security = ({ marks, dangers }: Report): Html =>
  html`${
    marks.length === 0
      ? html`<p>Nothing was released yet.</p>`
      : table(
          ['Service', ...(marks[0]?.marks.map(({ item }) => item) ?? [])],
          marks.map(({ service, marks: all }) => [
            service,
            ...all.map(({ holds }) =>
              holds ? html`<span class="good">✓ yes</span>` : html`<span class="bad">✗ no</span>`,
            ),
          ]),
        )
  }${dangers.map((danger) => html`<p class="bad">✗ ${danger}</p>`)}`
