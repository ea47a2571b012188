/** Rows as an aligned table under a heading; columns are as wide as their widest cell, and `gap` apart. */
export function renderTable(heading: readonly string[], rows: readonly (readonly string[])[], gap = 3): string {
  const all = [heading, ...rows]
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(' '.repeat(gap))
        .trimEnd(),
    )
    .join('\n')
}

/** How long ago, in the largest unit that is not zero: `40s`, `12m`, `5h`, `3d`. Takes milliseconds. */
export function renderAge(ms: number): string {
  const units: [number, string][] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'm'],
  ]
  const [size, unit] = units.find(([length]) => ms >= length) ?? [1000, 's']
  return `${Math.max(0, Math.floor(ms / size))}${unit}`
}

/** Bytes in the unit a person would use: `1.4 GB`. */
export function renderBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  const value = bytes / 1000 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}
