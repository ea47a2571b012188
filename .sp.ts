import { tryExec } from './scripts/cli/io/exec.ts'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
const u=()=>Number(readFileSync('/sys/fs/cgroup/cpuacct/cpuacct.usage','utf8'))/1e6
for (let r=0;r<3;r++){
let a=u(); for(let i=0;i<30;i++) await tryExec(['git','--version'],{quiet:true}); console.log('tryExec', ((u()-a)/30).toFixed(2))
a=u(); for(let i=0;i<30;i++) spawnSync('git',['--version']); console.log('spawnSync', ((u()-a)/30).toFixed(2))
a=u(); for(let i=0;i<30;i++) spawnSync('/bin/bash',['-c','set -euo pipefail;git --version']); console.log('bash', ((u()-a)/30).toFixed(2))}
