/** The style of the page: light and dark, narrow and wide, on paper. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1a1c20; --soft: #555b66; --paper: #fff; --card: #f4f5f7; --line: #c9cdd4; --good: #17683a; --bad: #a3161f; --bar: #2f5fb3; --second: #8a4b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a9b0bb; --paper: #14161a; --card: #1e2127; --line: #3d434d; --good: #6fd197; --bad: #ff8a8f; --bar: #86aef5; --second: #f0b35c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
.soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); }
.card, details { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .75rem; margin: .5rem 0; }
summary { cursor: pointer; display: flex; flex-wrap: wrap; gap: 0 1rem; } summary strong { min-width: 9rem; }
summary:focus-visible, a:focus-visible, .wide:focus-visible { outline: 3px solid var(--bar); outline-offset: 2px; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; } td:not(:last-child) { white-space: nowrap; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
svg { display: block; width: 100%; max-width: 44rem; height: auto; margin: .5rem 0; } svg text { font: 13px system-ui, sans-serif; fill: var(--ink); } .bar { fill: var(--bar); }
polyline { fill: none; stroke-width: 2; } line { stroke: var(--line); } .first { stroke: var(--bar); } .second { stroke: var(--second); stroke-dasharray: 6 4; } span.first { color: var(--bar); } span.second { color: var(--second); } rect.error { fill: var(--bad); }
@media (max-width: 40rem) { svg text { font-size: 21px; } }
.legend { font-size: .9rem; } .legend span { margin-right: 1rem; }
@media print { details { break-inside: avoid; } details::details-content { content-visibility: visible; height: auto; } h2 { break-after: avoid; } body { max-width: none; } }
`
