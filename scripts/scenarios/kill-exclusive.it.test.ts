import { sweepKills } from './sweep-kills.ts'

sweepKills('exclusive')
