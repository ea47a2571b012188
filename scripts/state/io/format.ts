import { Failure } from '../../cli/failure.ts'
import { variable } from '../../cli/io/environment.ts'
import { type Format, isFormat, LEDGER_FORMAT } from '../records.ts'
import { readOrWarn, writeLedger } from './ledger.ts'

/** The format of a project's ledger, and its toolkit; undefined before the first run that changed anything. */
export const readFormat = (project: string): Format | undefined => readOrWarn(isFormat, project, 'format.json')

/** Throws a Failure where a newer toolkit has written the ledger of a project: this one would misread it. */
export function requireFormat(project: string): void {
  const { format } = readFormat(project) ?? { format: 0 }
  if (format > LEDGER_FORMAT)
    throw new Failure(
      `a newer toolkit has written the ledger of ${project}: its format is ${format}, and this toolkit reads ${LEDGER_FORMAT} at most`,
      { next: "make upgrade   (or, in the toolkit's own repository: git pull && make setup)" },
    )
}

/** Notes the format that this toolkit writes, and which toolkit it is, before it writes anything else. */
export function noteFormat(project: string): void {
  const toolkit = variable('TOOLKIT_IMAGE')
  const noted = readFormat(project)
  if (noted?.format !== LEDGER_FORMAT || noted.toolkit !== toolkit)
    writeLedger(project, ['format.json'], { format: LEDGER_FORMAT, toolkit })
}
