import { compareImage, readIgnored } from './audit/io/compare.ts'
import { auditDocument, failureOf, judge, renderAudit } from './audit/judge.ts'
import { printResult } from './cli/io/result.ts'
import { takeLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { VULNERABILITIES, VULNERABILITY_GATE: gate } = config
  if (VULNERABILITIES === '')
    return printResult(config, { outcome: 'not checked' }, 'not checked: VULNERABILITIES names no database')
  const [today = ''] = new Date().toISOString().split('T')
  const ignored = readIgnored(config)
  await takeLock(config, 'audit')
  const compared = await compareImage(config)
  const judged = judge(compared.findings, gate, ignored, today)
  const ended = ignored.filter(({ until }) => until < today)
  const [text, document] = [renderAudit(compared, judged, gate, ended), auditDocument(compared, judged, gate)]
  const failure = failureOf(judged, gate, text, document)
  if (failure) throw failure
  printResult(config, document, text)
})
