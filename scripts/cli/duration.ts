/** Seconds of a duration as Compose writes it: `30s`, `1m30s`, `1h`; undefined for anything else. */
export function parseDuration(text: string | undefined): number | undefined {
  const [whole, hours, minutes, seconds] = /^(?=.)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(text ?? '') ?? []
  return whole === undefined ? undefined : Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
}
