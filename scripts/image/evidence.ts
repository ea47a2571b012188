/** The suites that an image passed. The ledger keeps them by image id, so that no other image can borrow them. */
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

/** The ledger's file for the JUnit files of the tests that an image passed. */
export const reportsFile = (image: string): string[] => ['reports', fileOf(image)]

const fileOf = (image: string) => `${image.replace(/^sha256:/, '')}.json`
