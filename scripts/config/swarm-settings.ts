import * as v from 'valibot'
import { text, whole } from './values.ts'

/** The settings of a deploy to a swarm of several hosts. */
export const swarmSettings = {
  ORCHESTRATOR: v.optional(v.picklist(['', 'compose', 'swarm'], 'expects compose or swarm'), ''),
  NODES: v.optional(
    text(
      /^(?:|ssh:\/\/[\w.@:-]{1,200}(?:,ssh:\/\/[\w.@:-]{1,200})*)$/,
      'the hosts that join as managers, with commas between, such as ssh://root@b,ssh://root@c',
    ),
    '',
  ),
  DATA_NODE: v.optional(text(/^[\w.-]{0,63}$/, 'the name of a node, as make cluster shows it'), ''),
  UPDATE_PARALLELISM: v.optional(whole(1, 100), '1'),
  UPDATE_DELAY: v.optional(whole(0, 3600), '0'),
}
