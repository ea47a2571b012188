import { practise } from './practice/io/practise.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(practise)
