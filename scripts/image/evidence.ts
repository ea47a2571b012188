/** Which suites an image passed: kept by image id, so that no other image can borrow it. */
export type Evidence = {
  readonly image: string
  readonly version: string
  readonly revision: string
  readonly suites: readonly Suite[]
  readonly testedAt: string
  readonly testedBy: string
}
export type Suite = { readonly name: string; readonly seconds: number }

/** The ledger's file for the evidence of an image id. */
export const evidenceFile = (image: string): string[] => ['evidence', fileOf(image)]

/** The ledger's file for the JUnit files of the tests that it passed. */
export const reportsFile = (image: string): string[] => ['reports', fileOf(image)]

const fileOf = (image: string) => `${image.replace(/^sha256:/, '')}.json`
