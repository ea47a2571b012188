/** The middle one of some figures; of an even number of them the greater of the two in the middle, and 0 of none. */
export const median = (figures: readonly number[]): number =>
  figures.toSorted((one, other) => one - other)[Math.floor(figures.length / 2)] ?? 0
